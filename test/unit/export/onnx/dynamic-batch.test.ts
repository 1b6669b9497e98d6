import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { trace } from '../../../../src/engine/trace/trace.ts';
import { openBatch } from '../../../../src/export/onnx/dynamic-batch.ts';
import { standardOps } from '../../../../src/engine/graph/standard-ops.ts';

/** A function of x [batch, 6], traced at `batch`. */
function traced(fn: (x: tf.Tensor, batch: number) => tf.Tensor, batch: number) {
  const inputs = { x: { shape: [batch, 6], dtype: 'float32' as const } };
  return standardOps(trace(({ inputs: { x } }) => ({ outputs: { y: fn(x!, batch) } }), { inputs }));
}

function opened(fn: (x: tf.Tensor, batch: number) => tf.Tensor) {
  return openBatch(traced(fn, 2), traced(fn, 3));
}

/** Targets of the reshapes. */
function targets(fn: (x: tf.Tensor, batch: number) => tf.Tensor): number[][] {
  const { nodes, constants } = opened(fn);
  return nodes
    .filter(({ op }) => op === 'Reshape')
    .map(({ inputs }) => {
      const data = constants.get(inputs[1]!);
      return data?.kind === 'array' ? Array.from(data.data, Number) : [];
    });
}

describe('an open batch', () => {
  it.each<[string, (x: tf.Tensor, batch: number) => tf.Tensor, number[][]]>([
    ['is what is left', (x, batch) => tf.exp(tf.reshape(x, [batch * 3, 2])), [[-1, 2]]],
    ['is what is left behind a fixed axis', (x, batch) => tf.exp(tf.reshape(x, [2, batch, 3])), [[2, -1, 3]]],
    ['leaves reshapes without it alone', (x) => tf.exp(tf.reshape(tf.mean(x, 0), [2, 3])), [[2, 3]]],
  ])('%s', (_, fn, expected) => {
    expect(targets(fn)).toEqual(expected);
  });

  it('refuses what holds for the traced batch alone', () => {
    expect(() => opened((x, batch) => tf.mul(x, tf.reshape(tf.range(0, batch), [batch, 1])))).toThrow(
      /the batch size is in a constant of node 0, Reshape/,
    );
    expect(() =>
      opened((x, batch) => tf.exp(tf.reshape(tf.tile(x, [1, batch]), [batch * batch, 6]))),
    ).toThrow(/the batch size is in a constant of node \d, Tile/);
  });

  it('refuses functions that differ in more than the batch', () => {
    expect(() => opened((x, batch) => (batch === 2 ? tf.exp(x) : tf.sin(x)))).toThrow(/node 0, Exp/);
    expect(() => opened((x, batch) => (batch === 2 ? tf.exp(x) : tf.exp(tf.exp(x))))).toThrow(
      /numbers of nodes/,
    );
  });
});
