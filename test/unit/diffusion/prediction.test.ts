// What a network that predicts v stands for: the noise, by the definition of v, and no more trouble at the last timestep.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { qSample } from '../../../src/diffusion/forward-process.ts';
import { epsilonOf, predictionTarget } from '../../../src/diffusion/prediction.ts';

const [signals, noises] = [
  [0.8, 0.06],
  [0.6, Math.sqrt(1 - 0.06 ** 2)],
];
const x0 = tf.randomNormal([2, 3, 4, 4], 0, 1, 'float32', 1);
const epsilon = tf.randomNormal([2, 3, 4, 4], 0, 1, 'float32', 2);
const [sqrtAlphaBar, sqrtOneMinusAlphaBar] = [tf.tensor1d(signals), tf.tensor1d(noises)];
const xt = qSample(x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar);

function largest(a: tf.Tensor, b: tf.Tensor): number {
  return Number(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

describe('v', () => {
  const v = predictionTarget('v', { x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar });

  it('is sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x0', () => {
    const [x, e, target] = [x0, epsilon, v].map((tensor) => tensor.dataSync());
    for (const [sample, at] of [
      [0, 0],
      [0, 17],
      [1, 5],
    ] as const) {
      const i = sample * 48 + at;
      expect(target![i]).toBeCloseTo(signals[sample]! * e![i]! - noises[sample]! * x![i]!, 5);
    }
  });

  it('gives the noise back, and an error of v is a smaller error of the noise where there is little signal', () => {
    const levels = { xt, sqrtAlphaBar, sqrtOneMinusAlphaBar };
    expect(largest(epsilonOf('v', v, levels), epsilon)).toBeLessThan(1e-6);
    const wrong = tf.sub(epsilonOf('v', tf.add(v, 0.5), levels), epsilon);
    const perSample = tf.mean(wrong, [1, 2, 3]).dataSync();
    for (const [sample, value] of perSample.entries()) expect(value).toBeCloseTo(0.5 * signals[sample]!, 5);
  });
});

it.each(['epsilon', undefined] as const)('%s is the noise itself', (prediction) => {
  expect(predictionTarget(prediction, { x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar })).toBe(epsilon);
  expect(epsilonOf(prediction, x0, { xt, sqrtAlphaBar, sqrtOneMinusAlphaBar })).toBe(x0);
});
