import { describe, expect, it } from 'vitest';
import { ancestralStep } from '../../../src/diffusion/ancestral.ts';
import { scaledLinearSchedule } from '../../../src/diffusion/schedule.ts';
import { normal } from '../../../src/rng/noise.ts';

const schedule = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 100 });
const [x0, epsilon, noise] = [0, 1, 2].map((index) => normal(0, 'test', 0, index, 64)) as [
  Float32Array,
  Float32Array,
  Float32Array,
];
const noised = (t: number): Float32Array =>
  x0.map((x, i) => Math.sqrt(schedule.alphaBar[t]!) * x + Math.sqrt(1 - schedule.alphaBar[t]!) * epsilon[i]!);

describe('ancestralStep', () => {
  it('ends at x0 when the noise is known', () => {
    const [beta, alphaBar] = [schedule.betas[0]!, schedule.alphaBar[0]!];
    const found = ancestralStep(noised(0), epsilon, { beta, alphaBar, variance: beta });
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(x0[i]!, 5);
  });

  it('goes to the mean of q(x_{t-1} | x_t, x0), with noise of the variance around it', () => {
    const t = 40;
    const xt = noised(t);
    const [beta, now, before] = [schedule.betas[t]!, schedule.alphaBar[t]!, schedule.alphaBar[t - 1]!];
    const found = ancestralStep(xt, epsilon, { beta, alphaBar: now, variance: beta }, noise);
    for (const [i, value] of found.entries()) {
      // Ho et al. 2020, Eq. 7.
      const mean =
        (Math.sqrt(before) * beta * x0[i]!) / (1 - now) +
        (Math.sqrt(1 - beta) * (1 - before) * xt[i]!) / (1 - now);
      expect(value).toBeCloseTo(mean + Math.sqrt(beta) * noise[i]!, 5);
    }
  });
});
