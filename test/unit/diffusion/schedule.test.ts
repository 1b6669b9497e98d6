import { describe, expect, it } from 'vitest';
import {
  exactStepsNear,
  takesExactly,
  ddimSchedule,
  ddimTimesteps,
  evenTimesteps,
  scaledLinearSchedule,
} from '../../../src/diffusion/schedule.ts';

const ffhq = { linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 };

describe('scaledLinearSchedule', () => {
  it('rises from start to end while alphaBar falls', () => {
    const { betas, alphaBar } = scaledLinearSchedule(ffhq);
    expect(betas[0]).toBeCloseTo(0.0015, 15);
    expect(betas[999]).toBeCloseTo(0.0195, 15);
    expect(alphaBar.every((value, i) => value > 0 && value < (alphaBar[i - 1] ?? 1))).toBe(true);
  });

  it.each([
    { linearStart: 0 },
    { linearEnd: 1 },
    { linearStart: 0.02 },
    { timesteps: 1 },
    { timesteps: 2.5 },
  ])('refuses %j', (change) => {
    expect(() => scaledLinearSchedule({ ...ffhq, ...change })).toThrow(/not possible/);
  });
});

describe('ddimTimesteps', () => {
  it('takes 200 steps as 1, 6, ..., 996', () => {
    const steps = ddimTimesteps(1000, 200);
    expect(steps).toHaveLength(200);
    expect([steps[0], steps[1], steps.at(-1)]).toEqual([1, 6, 996]);
  });

  it('takes more steps than asked for when they do not divide T, as the reference does', () => {
    expect(ddimTimesteps(1000, 400)).toHaveLength(500);
    expect(ddimTimesteps(1000, 250)).toHaveLength(250);
  });

  it.each([3, 9, 300])('refuses %d, whose last timestep would be T, and names a count near it', (steps) => {
    expect(() => ddimTimesteps(1000, steps)).toThrow(/end at timestep 1000/);
  });

  it.each([0, 1.5, 501, 1000])('refuses %d', (steps) => {
    expect(() => ddimTimesteps(1000, steps)).toThrow(/cannot be taken/);
  });
});

describe('takesExactly', () => {
  it.each([1000, 100, 97, 2, 3])(
    'says of every count whether ddimTimesteps(%d, count) keeps to it',
    (timesteps) => {
      for (let steps = 1; steps <= timesteps; steps++) {
        let taken: number | undefined;
        try {
          taken = ddimTimesteps(timesteps, steps).length;
        } catch {
          taken = undefined;
        }
        expect([steps, takesExactly(timesteps, steps)]).toEqual([steps, taken === steps]);
      }
    },
  );

  it.each([
    [1000, 7, [5, 8]],
    [1000, 499, [250, 500]],
    [1000, 501, [500]],
  ])('%d timesteps, %d steps: take one of %j', (timesteps, steps, near) => {
    expect(exactStepsNear(timesteps, steps)).toEqual(near);
  });
});

it('links each DDIM step to the one before, sigma growing with eta', () => {
  const schedule = scaledLinearSchedule(ffhq);
  const run = ddimSchedule(schedule, 50, 0.5);
  expect(run[0]!.alphaBarPrev).toBe(schedule.alphaBar[0]);
  expect(run.slice(1).map(({ alphaBarPrev }) => alphaBarPrev)).toEqual(
    run.slice(0, -1).map((step) => step.alphaBar),
  );
  const full = ddimSchedule(schedule, 50, 1);
  for (const [i, { sigma }] of run.entries()) expect(2 * sigma).toBeCloseTo(full[i]!.sigma, 14);
});

describe('evenTimesteps', () => {
  it.each([
    [1000, 10, [1, 112, 223, 334, 445, 555, 666, 777, 888, 999]],
    [1000, 2, [1, 999]],
    [1000, 1, [500]],
    [5, 4, [1, 2, 3, 4]],
    [5, 100, [1, 2, 3, 4]],
  ])('of %d steps takes %d', (timesteps, count, expected) => {
    expect(evenTimesteps(timesteps, count)).toEqual(expected);
  });
});
