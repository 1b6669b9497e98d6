import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { doubled, guide, guidedConditions } from '../../../src/diffusion/guidance.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it.each([
  [0, [1, 2]],
  [1, [2, 0]],
  [3, [4, -4]],
])('extrapolates from the first half to the second: scale %d', (scale, expected) => {
  const predictions = tf.tensor2d([1, 2, 2, 0], [2, 2]);
  const guided = guide(predictions, scale);
  expect(guided.shape).toEqual([1, 2]);
  expect([...guided.dataSync()]).toEqual(expected);
});

it('sets a batch beside itself, and its conditions behind as many of none', () => {
  expect([...doubled(tf.tensor2d([1, 2, 3, 4], [2, 2])).dataSync()]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  expect(guidedConditions(['cat', 'dog'], 'nothing')).toEqual(['nothing', 'nothing', 'cat', 'dog']);
});
