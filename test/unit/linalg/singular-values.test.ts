import { describe, expect, it } from 'vitest';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix, transpose } from '../../../src/linalg/matrix.ts';
import { nuclearNorm, singularValues } from '../../../src/linalg/singular-values.ts';
import { symmetricEigen, symmetricEigenvalues } from '../../../src/linalg/symmetric-eigen.ts';
import { gaussianMatrix, largestDifference, semidefiniteMatrix } from '../../support/random-matrix.ts';

describe('singularValues', () => {
  it.each([
    [1, 1],
    [5, 5],
    [30, 7],
    [7, 30],
    [33, 32],
  ])('of a %ix%i matrix are the roots of the eigenvalues of its Gram matrix', (m, n) => {
    const a = gaussianMatrix(m, n, m + n);
    const gram = matmul(a, a, m >= n ? { transposeA: true } : { transposeB: true });
    const squares = symmetricEigenvalues(gram).reverse();
    const values = singularValues(a);
    expect(values).toHaveLength(Math.min(m, n));
    expect(
      largestDifference(
        values.map((s) => s * s),
        squares,
      ),
    ).toBeLessThan(1e-11);
    expect(largestDifference(singularValues(transpose(a)), values)).toBeLessThan(1e-13);
  });

  it('keep small values that squaring would lose', () => {
    const n = 12;
    const exact = Float64Array.from({ length: n }, (_, i) => 10 ** -i);
    const left = symmetricEigen(semidefiniteMatrix(n, n, 1)).vectors;
    const right = symmetricEigen(semidefiniteMatrix(n, n, 2)).vectors;
    const a = matmul(
      left,
      matrix(
        n,
        n,
        right.data.map((x, at) => x * exact[Math.floor(at / n)]!),
      ),
    );
    expect(largestDifference(singularValues(a), exact)).toBeLessThan(5e-15);
  });

  it('of rank-deficient and zero matrices end in zeros', () => {
    const values = singularValues(matmul(gaussianMatrix(20, 3, 1), gaussianMatrix(3, 15, 2)));
    expect(values[2]!).toBeGreaterThan(1);
    expect(values[3]!).toBeLessThan(1e-13);
    expect([...singularValues(matrix(3, 2))]).toEqual([0, 0]);
    expect(singularValues(matrix(0, 5))).toHaveLength(0);
  });

  it('add up to the nuclear norm, the trace of a semidefinite matrix', () => {
    const a = semidefiniteMatrix(25, 10, 4);
    let sum = 0;
    for (let i = 0; i < 25; i++) sum += a.data[i * 26]!;
    expect(nuclearNorm(a)).toBeCloseTo(sum, 10);
  });
});
