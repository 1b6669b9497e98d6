import { describe, expect, it } from 'vitest';
import { semidefiniteFactor } from '../../../src/linalg/cholesky.ts';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix } from '../../../src/linalg/matrix.ts';
import { largestDifference, semidefiniteMatrix } from '../../support/random-matrix.ts';

describe('semidefiniteFactor', () => {
  it.each([
    [1, 1],
    [7, 7],
    [40, 13],
    [65, 64],
    [90, 1],
  ])('of a %ix%i matrix finds its rank and gives it back', (n, rank) => {
    const a = semidefiniteMatrix(n, rank, n);
    const factor = semidefiniteFactor(a);
    expect(factor.rows).toBe(rank);
    const back = matmul(factor, factor, { transposeA: true });
    expect(largestDifference(back.data, a.data)).toBeLessThan(1e-13 * rank * n);
  });

  it('of zero is empty', () => {
    expect(semidefiniteFactor(matrix(4, 4)).rows).toBe(0);
    expect(semidefiniteFactor(matrix(0, 0)).rows).toBe(0);
  });

  it('reads the lower triangle only', () => {
    const a = semidefiniteMatrix(12, 12, 3);
    const lower = matrix(
      12,
      12,
      a.data.map((x, at) => (at % 12 > Math.floor(at / 12) ? NaN : x)),
    );
    expect(semidefiniteFactor(lower)).toEqual(semidefiniteFactor(a));
  });
});
