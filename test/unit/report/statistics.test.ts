import { expect, it } from 'vitest';
import { meanSd } from '../../../src/report/statistics.ts';

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
