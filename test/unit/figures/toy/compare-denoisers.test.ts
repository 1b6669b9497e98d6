import { describe, expect, it } from 'vitest';
import { contrast, shareOf, strayOf, worseAt } from '../../../../src/figures/toy/compare-denoisers.ts';
import type { ToyRun } from '../../../../src/figures/toy/study.ts';

/** Excess 1 of the large network; of the small one, `factor` times as much at frequency 5 and twice as much elsewhere. */
function runs(factor: number): ToyRun[] {
  return [0, 1, 2].flatMap((seed) =>
    ([64, 1024] as const).map((denoiser): ToyRun => {
      const small = denoiser === 64;
      const excess = [0, 1, 2, 3, 4, 5, 6].map((f) => (small ? (f === 5 ? factor : 2) + 0.001 * seed : 1));
      return {
        ...{ set: 'paper', denoiser, seed },
        curve: [
          { step: 1, excess: excess.map((value) => 10 * value) },
          { step: 2, excess },
        ],
        drawn: { magnitudes: [0.1, 0.1, 0.1, 0.8, 0.1, 0.2, 0.1], strongest: [3, 3, 3, 5], shown: [] },
      };
    }),
  );
}

describe('comparing denoisers', () => {
  it('takes the change of the factor between networks from common to rare, at the end of training', () => {
    expect(contrast(runs(8), 'paper', [64, 1024]).mean).toBeCloseTo(2, 2);
    expect(contrast(runs(2), 'paper', [64, 1024]).mean).toBeCloseTo(0, 2);
  });

  it('counts the frequencies at which the small network is shown to be worse', () => {
    expect(worseAt(runs(8), 'paper', [64, 1024])).toEqual({ worse: 7, of: 7 });
    expect(worseAt(runs(0.5), 'paper', [64, 1024])).toEqual({ worse: 6, of: 7 });
  });

  it('counts drawn signals by their strongest frequency, and what lies where the data have nothing', () => {
    expect(shareOf(runs(2), 'paper', 64, 5).mean).toBe(0.25);
    expect(strayOf(runs(2), 'paper', 64).mean).toBeCloseTo(0.1, 12);
  });
});
