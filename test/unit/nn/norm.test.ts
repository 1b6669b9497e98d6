import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupNorm, layerNorm } from '../../../src/nn/norm.ts';

beforeAll(() => tf.setBackend('cpu'));

const affine = (channels: number, weight: number, bias: number) => ({
  'n.weight': tf.fill([channels], weight),
  'n.bias': tf.fill([channels], bias),
});

describe('groupNorm', () => {
  it('standardises each group: mean of the bias, deviation of the weight', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 10, 20, 30, 40], [1, 4, 1, 2]);
    const y = groupNorm(affine(4, 3, 5), 'n', x, { groups: 2, eps: 0 });
    const { mean, variance } = tf.moments(tf.reshape(y, [2, 4]), 1);
    for (const value of mean.dataSync()) expect(value).toBeCloseTo(5, 5);
    for (const value of variance.dataSync()) expect(value).toBeCloseTo(9, 4);
  });

  it('keeps its precision when the mean is far larger than the deviation', () => {
    const offsets = [0, 1, 2, 3, 4, 5, 6, 7];
    const x = tf.tensor4d(
      offsets.map((offset) => 4096 + offset),
      [1, 1, 2, 4],
    );
    const y = groupNorm(affine(1, 1, 0), 'n', x, { groups: 1, eps: 0 }).dataSync();
    const deviation = Math.sqrt(5.25); // of 0, 1, ..., 7
    for (const [i, value] of y.entries()) expect(value).toBeCloseTo((i - 3.5) / deviation, 5);
  });
});

describe('layerNorm', () => {
  it('standardises the last axis', () => {
    const y = layerNorm(affine(2, 2, 1), 'n', tf.tensor2d([3, 5, -1, 1], [2, 2]), 0);
    for (const [i, value] of y.dataSync().entries()) expect(value).toBeCloseTo([-1, 3, -1, 3][i]!, 5);
  });
});
