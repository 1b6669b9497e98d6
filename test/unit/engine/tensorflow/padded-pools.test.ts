// The wrapped kernels, on a backend that refuses what tfjs-node refuses: padding by numbers.
import '@tensorflow/tfjs';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { wrapPoolKernels } from '../../../../src/engine/tensorflow/padded-pools.ts';
import { sizeOf, type HostTensor, type TensorFunction } from '../../../../src/engine/engine.ts';
import { eagerEngine, referenceEngine } from '../../../../src/engine/eager.ts';

const strict = 'no-padded-pools';

beforeAll(() => {
  tf.copyRegisteredKernels('cpu', strict);
  tf.registerBackend(strict, () => new MathBackendCPU(), 0);
  for (const kernelName of ['MaxPool', 'AvgPool']) {
    const kernel = tf.getKernel(kernelName, strict);
    tf.unregisterKernel(kernelName, strict);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        const { pad } = call.attrs as unknown as { pad: unknown };
        if (pad !== 0 && pad !== 'valid' && pad !== 'same')
          throw new Error(`${kernelName} takes no padding ${String(pad)}`);
        return kernel.kernelFunc(call);
      },
    });
  }
  wrapPoolKernels(strict);
  wrapPoolKernels(strict);
});

/** Numbers below zero, so that a padding of zeros would win a maximum. */
function negative(shape: readonly number[]): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i) - 2);
  return { shape, dtype: 'float32', data };
}

type Pad = number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;

const oneSided: Pad = [
  [0, 0],
  [0, 1],
  [0, 1],
  [0, 0],
];

test.each<[size: number, window: number, stride: number, pad: Pad, rounding: 'floor' | 'ceil' | undefined]>([
  [5, 3, 1, 1, undefined],
  [7, 3, 2, 1, undefined],
  [6, 3, 2, 1, 'floor'],
  [6, 3, 2, 1, 'ceil'],
  [8, 3, 2, oneSided, undefined],
  [6, 2, 2, 0, undefined],
  [5, 3, 2, 'same', undefined],
])(
  '%i px by windows of %i, stride %i, padding %s, rounding %s',
  async (size, window, stride, pad, rounding) => {
    const inputs = { x: negative([2, size, size, 3]) };
    const fn: TensorFunction = ({ inputs: { x } }) => {
      const pooled = (pool: typeof tf.maxPool) => pool(x as tf.Tensor4D, window, stride, pad, rounding);
      return { outputs: { largest: pooled(tf.maxPool), average: pooled(tf.avgPool) } };
    };
    const wrapped = await (await eagerEngine('tensorflow', strict, {}).compile(fn, { inputs })).run(inputs);
    const expected = await (await referenceEngine().compile(fn, { inputs })).run(inputs);
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(wrapped[name]!.shape).toEqual(shape);
      for (const [i, value] of wrapped[name]!.data.entries())
        expect(value, `${name}[${i}]`).toBeCloseTo(data[i]!, 5);
    }
  },
);
