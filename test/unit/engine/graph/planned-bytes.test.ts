// What ONNX Runtime plans for tensors: buffers are kept for later tensors of the same shape.
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { peakActivationBytes } from '../../../../src/engine/graph/count-activations.ts';
import { plannedBytes } from '../../../../src/engine/graph/planned-bytes.ts';
import { trace } from '../../../../src/engine/trace/trace.ts';

const x = { shape: [10, 100], dtype: 'float32' } as const; // 4,000 bytes
const graphOf = (body: (value: tf.Tensor) => tf.Tensor) =>
  trace(({ inputs }) => ({ outputs: { y: body(inputs['x']!) } }), { inputs: { x } });

it('hands a buffer on to tensors of its shape: a chain needs two', () => {
  const graph = graphOf((value) => tf.exp(tf.sin(tf.cos(tf.exp(tf.sin(value))))));
  expect(plannedBytes(graph, graph.outputs)).toBe(8000);
});

it('keeps a buffer that a later tensor takes, in between, too', () => {
  // Of the first shape two at the start and one at the end; between them half as large ones.
  const graph = graphOf((value) => {
    const half = tf.slice(tf.exp(tf.sin(value)), [0, 0], [5, 100]);
    const [cos, sin] = [tf.cos(half), tf.sin(half)];
    return tf.sum(tf.exp(tf.concat([cos, sin])));
  });
  expect(peakActivationBytes(graph)).toBeLessThan(plannedBytes(graph));
});

it('has nothing for outputs whose memory is elsewhere', () => {
  const graph = graphOf((value) => tf.exp(value));
  expect([plannedBytes(graph), plannedBytes(graph, graph.outputs)]).toEqual([4000, 0]);
});
