// Convolution and its gradients: the ONNX lowering against TF.js's CPU backend.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { HostTensor, HostTensors, TensorFunction } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../src/engine/reference.ts';

function random(shape: number[]): HostTensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: n }, () => Math.random() - 0.5) };
}

function relativeError(a: HostTensor, b: HostTensor): number {
  let difference = 0;
  let norm = 0;
  for (const [i, x] of a.data.entries()) {
    difference += (x - b.data[i]!) ** 2;
    norm += b.data[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

const lossAndGradients: TensorFunction = ({ inputs }) => {
  const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
    tf.sum(
      tf.square(tf.conv2d(x as tf.Tensor4D, tf.transpose(w as tf.Tensor4D, [2, 3, 1, 0]), 1, 1, 'NCHW')),
    );
  const { value, grads } = tf.valueAndGrads(loss)([inputs['x']!, inputs['w']!]);
  return { outputs: { value, gx: grads[0]!, gw: grads[1]! } };
};

test.each([8, 16])('conv2d and its gradients at %i px', async (size) => {
  const inputs: HostTensors = { x: random([2, 3, size, size]), w: random([5, 3, 3, 3]) };
  const run = async (engine: ReturnType<typeof onnxEngine>) =>
    (await engine.compile(lossAndGradients, { inputs })).run(inputs);
  const actual = await run(onnxEngine());
  const expected = await run(referenceEngine());
  for (const name of ['value', 'gx', 'gw']) {
    expect(relativeError(actual[name]!, expected[name]!), name).toBeLessThan(1e-5);
  }
});
