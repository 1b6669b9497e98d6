// Taylor importance against its closed form, for a loss whose gradients are known.
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { taylorImportance, type ImportanceTask } from '../../../src/pruning/taylor-importance.ts';
import type { HostTensor } from '../../../src/engine/engine.ts';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';

const vector = (...values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

/** The loss at timestep t is w . x / (t + 1), its gradient x / (t + 1). */
const task = (lossThreshold: number): ImportanceTask => ({
  specs: [{ name: 'w', shape: [3], init: { kind: 'zeros' } }],
  weights: { w: vector(1, -2, 4) },
  loss: (params, { inputs }) => ({ loss: tf.sum(tf.mul(params['w']!, inputs['x']!)) }),
  inputs: { x: { shape: [3], dtype: 'float32' } },
  constants: {},
  timesteps: [0, 1, 3, 9],
  // Two parts, whose mean is [2, -1, 1] / (t + 1).
  batch: (t) =>
    Promise.resolve(
      [vector(1, -1, 0), vector(3, -1, 2)].map(({ data, ...x }) => ({
        x: { ...x, data: (data as Float32Array).map((value) => value / (t + 1)) },
      })),
    ),
  lossThreshold,
});

it.each([
  [0, 4, 1 + 1 / 2 + 1 / 4 + 1 / 10],
  [0.25, 3, 1 + 1 / 2 + 1 / 4],
  [0.3, 2, 1 + 1 / 2],
])('sums gradients until the loss is below its share %f: %i timesteps', async (threshold, timesteps, sum) => {
  const { scores, counted } = await taylorImportance(
    onnxEngine({ threads: 1 }),
    task(threshold),
    new AbortController().signal,
  );
  expect(counted).toBe(timesteps);
  const expected = [2, 2, 4].map((product) => product * sum);
  for (const [i, value] of expected.entries()) expect(scores['w']!.data[i]).toBeCloseTo(value, 5);
});

it('ends where a signal asks for it', async () => {
  const signal = AbortSignal.abort();
  await expect(taylorImportance(onnxEngine({ threads: 1 }), task(0), signal)).rejects.toThrow(/interrupted/i);
});
