import { describe, expect, it } from 'vitest';
import { kendallTau } from '../../../src/metrics/kendall-tau.ts';

describe("Kendall's tau", () => {
  const rising = [1, 2, 3, 4, 5, 6, 7, 8];

  it('is 1 for the same order and -1 for the reverse, each with p = 2/n!', () => {
    const cubes = rising.map((x) => x ** 3);
    expect(kendallTau(rising, cubes)).toEqual({ tau: 1, p: 2 / 40_320, n: 8 });
    expect(kendallTau(rising, cubes.toReversed())).toEqual({ tau: -1, p: 2 / 40_320, n: 8 });
  });

  it('follows the counts of permutations by inversions', () => {
    // Mahonian numbers of n = 4 by inversions 0 to 6: 1, 3, 5, 6, 5, 3, 1.
    const p = (b: number[]): number => kendallTau([1, 2, 3, 4], b)!.p;
    expect(p([2, 1, 3, 4])).toBe((1 + 3 + 3 + 1) / 24);
    expect(p([2, 1, 4, 3])).toBe((1 + 3 + 5 + 5 + 3 + 1) / 24);
    expect(p([4, 1, 2, 3])).toBe(1); // three inversions of six: tau 0
    expect(kendallTau([1, 2, 3, 4], [2, 1, 4, 3])!.tau).toBeCloseTo(1 / 3, 15);
  });

  it('agrees with a printed example', () => {
    // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) of its documentation: tau-b = -0.471404520791.
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])!.tau).toBeCloseTo(-0.47140452079103173, 14);
  });

  it('knows no order of equal values', () => {
    expect(kendallTau([1, 2, 3], [5, 5, 5])).toBeUndefined();
    expect(kendallTau([1], [5])).toBeUndefined();
  });
});
