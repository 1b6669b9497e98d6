import { describe, expect, it } from 'vitest';
import { ddimStep, sampleDdim } from '../../../src/diffusion/ddim.ts';
import { scaledLinearSchedule } from '../../../src/diffusion/schedule.ts';

const schedule = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 });
const x = Float32Array.from([0.5, -1.25, 2]);
const epsilon = Float32Array.from([1, 0.25, -0.5]);

/** The clean latents that a prediction implies (DDIM, Eq. 9): (x - sqrt(1 - alphaBar) epsilon) / sqrt(alphaBar). */
const impliedX0 = (alphaBar: number): number[] =>
  Array.from(x, (value, i) => (value - Math.sqrt(1 - alphaBar) * epsilon[i]!) / Math.sqrt(alphaBar));

describe('ddimStep', () => {
  it('is the identity when it goes nowhere', () => {
    expect(ddimStep(x, epsilon, { alphaBar: 0.3, alphaBarPrev: 0.3, sigma: 0 })).toEqual(x);
  });

  it('goes to the predicted x0 when all noise is removed', () => {
    const there = ddimStep(x, epsilon, { alphaBar: 0.3, alphaBarPrev: 1, sigma: 0 });
    const x0 = impliedX0(0.3);
    there.forEach((value, i) => {
      expect(value).toBeCloseTo(x0[i]!, 6);
    });
  });

  it('recovers x0 exactly from the true noise', () => {
    const x0 = Float32Array.from([1, -0.5, 0.25]);
    const xt = x0.map((value, i) => Math.sqrt(0.2) * value + Math.sqrt(0.8) * epsilon[i]!);
    ddimStep(xt, epsilon, { alphaBar: 0.2, alphaBarPrev: 1, sigma: 0 }).forEach((value, i) => {
      expect(value).toBeCloseTo(x0[i]!, 6);
    });
  });

  it('keeps the variance: signal, direction and noise have squares that sum to 1 - alphaBarPrev', () => {
    const step = { alphaBar: 0.3, alphaBarPrev: 0.5, sigma: 0.2 };
    const zero = new Float32Array(1);
    const one = Float32Array.from([1]);
    // For x = sqrt(1 - alphaBar) epsilon the prediction of x0 is 0 and only the direction is left.
    const direction = ddimStep(Float32Array.from([Math.sqrt(0.7)]), one, step, zero)[0]!;
    const noise = ddimStep(zero, zero, step, one)[0]!;
    expect(direction ** 2 + noise ** 2).toBeCloseTo(0.5, 6);
  });
});

describe('sampleDdim', () => {
  const predictEpsilon = (x: Float32Array, t: number) =>
    Promise.resolve(x.map((v) => Math.tanh(v + t / 1000)));

  it('asks for no noise at eta 0, goes down the timesteps and reports each step', async () => {
    const seen: number[] = [];
    const noise = () => {
      throw new Error('no noise at eta 0');
    };
    const onStep = ({ index, count, timestep }: { index: number; count: number; timestep: number }) => {
      expect([index, count]).toEqual([seen.length, 5]);
      seen.push(timestep);
    };
    const run = { predictEpsilon, schedule, steps: 5, eta: 0, xT: x, noise };
    const first = await sampleDdim({ ...run, onStep });
    expect(seen).toEqual([801, 601, 401, 201, 1]);
    expect(await sampleDdim(run)).toEqual(first);
    expect(x).toEqual(Float32Array.from([0.5, -1.25, 2]));
  });

  it('gives a sample the same result alone and in a batch', async () => {
    const noiseOf = (n: number) => (k: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(k + i));
    const run = { predictEpsilon, schedule, steps: 5, eta: 1 };
    const batch = await sampleDdim({ ...run, xT: x, noise: noiseOf(3) });
    const alone = await sampleDdim({ ...run, xT: x.slice(0, 1), noise: noiseOf(1) });
    expect(alone[0]).toBe(batch[0]);
  });
});
