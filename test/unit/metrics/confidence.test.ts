import { describe, expect, it } from 'vitest';
import { excludesZero, halfWidth, pValue, verdict } from '../../../src/metrics/confidence.ts';
import { meanSd } from '../../../src/metrics/statistics.ts';
import { twoSidedQuantile, twoSidedTail } from '../../../src/metrics/student-t.ts';

describe("Student's t", () => {
  // Quantiles from printed tables of the distribution, six digits behind the point.
  it.each([
    [0.95, 1, 12.706205],
    [0.95, 2, 4.302653],
    [0.95, 3, 3.182446],
    [0.95, 4, 2.776445],
    [0.95, 9, 2.262157],
    [0.95, 30, 2.042272],
    [0.95, 1000, 1.962339],
    [0.99, 2, 9.924843],
    [0.5, 1, 1],
  ])('quantile at %f with %i degrees of freedom', (level, degrees, t) => {
    expect(twoSidedQuantile(level, degrees)).toBeCloseTo(t, 5);
  });

  it('follows the closed forms of one and two degrees of freedom', () => {
    for (const t of [0.01, 0.3, 1, 2.5, 7, 60]) {
      expect(twoSidedTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(twoSidedTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
      expect(twoSidedTail(-t, 2)).toBe(twoSidedTail(t, 2));
    }
    expect(twoSidedTail(0, 5)).toBe(1);
  });

  it('becomes the normal distribution', () => {
    expect(twoSidedTail(1.959963984540054, 1e7)).toBeCloseTo(0.05, 6);
  });
});

describe('intervals over seeds', () => {
  it('three values: 2.48 standard deviations', () => {
    const values = meanSd([1, 2, 3])!;
    expect(halfWidth(values)! / values.sd!).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
  });

  it('a single value carries nothing', () => {
    const single = meanSd([-5])!;
    expect([halfWidth(single), pValue(single)]).toEqual([undefined, undefined]);
    expect(excludesZero(single)).toBe(false);
    expect(verdict(single)).toBe('not shown');
  });

  it('excludes 0 exactly where p is below 0.05', () => {
    for (const shift of [0.5, 1, 1.5, 2, 2.4, 2.5, 3, 9]) {
      const differences = meanSd([-shift - 1, -shift, -shift + 1])!;
      expect(excludesZero(differences), String(shift)).toBe(pValue(differences)! < 0.05);
    }
  });

  it('does not say that three seeds at p = 0.097 help', () => {
    // FID of spatial distillation against none in results/ablation: -4.20 with a deviation of 2.45.
    const spatial = { mean: -4.2, sd: 2.45, n: 3 };
    expect(pValue(spatial)).toBeCloseTo(0.097, 3);
    expect(verdict(spatial)).toBe('not shown');
    expect(verdict({ mean: -7, sd: 2.45, n: 3 })).toBe('helps');
    expect(verdict({ mean: 7, sd: 2.45, n: 3 })).toBe('harms');
  });
});
