import { expect, it } from 'vitest';
import { meanEstimate, meanSd, pairedRatio } from '../../../src/metrics/statistics.ts';

it('gives the mean and the sample standard deviation', () => {
  expect(meanSd([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, sd: Math.sqrt(32 / 7), n: 8 });
});

it('one value has no spread, none has no mean', () => {
  expect(meanSd([3])).toEqual({ mean: 3, n: 1 });
  expect(meanSd([])).toBeUndefined();
});

it('does not depend on the order of the values', () => {
  expect(meanSd([0.1, 0.7, 1e6, 0.3])).toEqual(meanSd([1e6, 0.3, 0.1, 0.7]));
});

it('gives the standard error of a mean', () => {
  expect(meanEstimate([1, 3])).toEqual({ value: 2, error: 1 });
  expect(meanEstimate([3])).toEqual({ value: 3 });
});

it('compares in pairs: what both have in common adds no error', () => {
  const hardness = [1, 10, 100, 3];
  const ratio = pairedRatio(
    hardness.map((x) => 1.5 * x),
    hardness,
  );
  expect(ratio.value).toBeCloseTo(1.5, 12);
  expect(ratio.error).toBeCloseTo(0, 12);
  // Ratio 1; residuals 1 and -1, their mean has the error 1, over the mean 3.
  expect(pairedRatio([3, 3], [2, 4])).toEqual({ value: 1, error: 1 / 3 });
});
