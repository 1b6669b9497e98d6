// The wrapped kernels, on a backend that refuses what tfjs-node refuses: NCHW images and padding by numbers.
import '@tensorflow/tfjs';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { wrapConvKernels } from '../../../../src/engine/tensorflow/channels-last-conv.ts';
import { sizeOf, type HostTensor, type TensorFunction } from '../../../../src/engine/engine.ts';
import { eagerEngine, referenceEngine } from '../../../../src/engine/eager.ts';

const strict = 'channels-last';

beforeAll(() => {
  tf.copyRegisteredKernels('cpu', strict);
  tf.registerBackend(strict, () => new MathBackendCPU(), 0);
  for (const kernelName of ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter']) {
    const kernel = tf.getKernel(kernelName, strict);
    tf.unregisterKernel(kernelName, strict);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        const { dataFormat, pad } = call.attrs as unknown as { dataFormat: string; pad: unknown };
        if (dataFormat !== 'NHWC' || (pad !== 'valid' && pad !== 'same'))
          throw new Error(`${kernelName} takes no ${dataFormat} with padding ${String(pad)}`);
        return kernel.kernelFunc(call);
      },
    });
  }
  wrapConvKernels(strict);
  wrapConvKernels(strict);
});

function ramp(shape: readonly number[]): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i));
  return { shape, dtype: 'float32', data };
}

type Pad = number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;

const oneSided: Pad = [
  [0, 0],
  [0, 0],
  [0, 1],
  [0, 1],
];

test.each<[format: 'NCHW' | 'NHWC', size: number, stride: number, pad: Pad]>([
  ['NCHW', 5, 1, 1],
  ['NCHW', 6, 2, 1],
  ['NCHW', 7, 2, 'same'],
  ['NCHW', 8, 2, oneSided],
  ['NCHW', 6, 2, 'valid'],
  ['NHWC', 5, 1, 2],
  ['NHWC', 6, 2, 'same'],
])('%s convolution and gradients: %i px, stride %i, padding %s', async (format, size, stride, pad) => {
  const inputs = {
    x: ramp(format === 'NCHW' ? [2, 3, size, size] : [2, size, size, 3]),
    filter: ramp([3, 3, 3, 4]),
  };
  const fn: TensorFunction = ({ inputs: { x, filter } }) => {
    const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
      tf.sum(tf.square(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, format)));
    const { value, grads } = tf.valueAndGrads(loss)([x!, filter!]);
    return { outputs: { value, dx: grads[0]!, dfilter: grads[1]! } };
  };
  const wrapped = await (await eagerEngine('tensorflow', strict, {}).compile(fn, { inputs })).run(inputs);
  const expected = await (await referenceEngine().compile(fn, { inputs })).run(inputs);
  for (const name of ['value', 'dx', 'dfilter']) {
    expect(wrapped[name]!.shape).toEqual(expected[name]!.shape);
    for (const [i, value] of wrapped[name]!.data.entries())
      expect(value, `${name}[${i}]`).toBeCloseTo(expected[name]!.data[i]!, 3);
  }
});
