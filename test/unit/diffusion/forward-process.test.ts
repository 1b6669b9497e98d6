import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { forwardCoefficients, qSample } from '../../../src/diffusion/forward-process.ts';
import { scaledLinearSchedule } from '../../../src/diffusion/schedule.ts';
import { InvariantError } from '../../../src/errors.ts';

const schedule = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('has coefficients whose squares sum to 1', () => {
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = forwardCoefficients(schedule, [0, 500, 999]);
  sqrtAlphaBar.forEach((value, i) => {
    expect(value ** 2 + sqrtOneMinusAlphaBar[i]! ** 2).toBeCloseTo(1, 6);
  });
  expect(sqrtAlphaBar[0]! ** 2).toBeCloseTo(1 - 0.0015, 6);
});

it.each([-1, 1000, 0.5])('refuses timestep %d', (t) => {
  expect(() => forwardCoefficients(schedule, [t])).toThrow(InvariantError);
});

it('gives each sample its own coefficients', () => {
  const x0 = tf.tensor([1, 2, 3, 4], [2, 1, 1, 2]);
  const epsilon = tf.tensor([1, -1, 1, -1], [2, 1, 1, 2]);
  const [sqrtAlphaBar, sqrtOneMinusAlphaBar] = [tf.tensor1d([1, 0.6]), tf.tensor1d([0, 0.8])];
  const xt = qSample(x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar);
  const values = [...xt.dataSync()];
  [1, 2, 0.6 * 3 + 0.8, 0.6 * 4 - 0.8].forEach((expected, i) => {
    expect(values[i]).toBeCloseTo(expected, 6);
  });
});
