import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { clipByGlobalNorm, globalNorm } from '../../../src/optim/clip-gradients.ts';
import { emaDecayAt } from '../../../src/optim/ema.ts';
import { learningRateAt } from '../../../src/optim/learning-rate.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('learningRateAt', () => {
  const settings = { learningRate: 2, lrSchedule: 'linear-decay', warmupSteps: 0, steps: 10 } as const;

  it.each([
    [0, 2],
    [5, 1],
    [9, 0.2],
  ])('decays linearly to 0: step %i', (step, rate) => {
    expect(learningRateAt(step, settings)).toBeCloseTo(rate, 12);
  });

  it('warms up from the first step on', () => {
    const warm = { ...settings, lrSchedule: 'constant', warmupSteps: 4 } as const;
    expect([0, 1, 3, 7].map((step) => learningRateAt(step, warm))).toEqual([0.5, 1, 2, 2]);
  });
});

describe('emaDecayAt', () => {
  it('warms up as latent-diffusion does', () => {
    expect(emaDecayAt(1, 0.9999)).toBeCloseTo(2 / 11, 12);
    expect(emaDecayAt(1e6, 0.9999)).toBe(0.9999);
  });
});

describe('clipByGlobalNorm', () => {
  const gradients = [tf.tensor1d([3, 0]), tf.scalar(4)];

  it('scales to the norm asked for', () => {
    const clipped = clipByGlobalNorm(gradients, 1);
    expect(globalNorm(clipped).dataSync()[0]).toBeCloseTo(1, 5);
    expect(clipped[1]!.dataSync()[0]).toBeCloseTo(0.8, 5);
  });

  it('leaves smaller gradients alone', () => {
    expect([...clipByGlobalNorm(gradients, 10)[0]!.dataSync()]).toEqual([3, 0]);
  });
});
