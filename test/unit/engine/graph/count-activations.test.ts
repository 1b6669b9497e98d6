import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { peakActivationBytes } from '../../../../src/engine/graph/count-activations.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';

const x = { shape: [10, 100], dtype: 'float32' } as const; // 4,000 bytes
const peak = (body: (value: tf.Tensor) => tf.Tensor) =>
  peakActivationBytes(trace(({ inputs }) => ({ outputs: { y: body(inputs['x']!) } }), { inputs: { x } }));

it('frees what is used no more: a chain needs two tensors at a time', () => {
  expect(peak((value) => tf.exp(tf.sin(tf.cos(tf.exp(value)))))).toBe(8000);
});

it('keeps what is needed later: a long skip connection needs a third', () => {
  expect(
    peak((value) => {
      const kept = tf.exp(value);
      return tf.mul(kept, tf.sin(tf.cos(tf.exp(kept))));
    }),
  ).toBe(12000);
});

it('counts a reshape as the memory it looks at', () => {
  expect(peak((value) => tf.reshape(tf.exp(value), [1000]))).toBe(4000);
});
