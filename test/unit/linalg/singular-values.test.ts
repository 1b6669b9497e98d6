import { describe, expect, it } from 'vitest';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix, transpose } from '../../../src/linalg/matrix.ts';
import { nuclearNorm, singularValues } from '../../../src/linalg/singular-values.ts';
import {
  gaussianMatrix,
  largestDifference,
  matrixOfSingularValues,
  semidefiniteMatrix,
} from '../../support/random-matrix.ts';

describe('singularValues', () => {
  it.each([
    [1, 1],
    [5, 5],
    [30, 7],
    [7, 30],
    [33, 32],
  ])('of a %ix%i matrix are those that it was made of', (m, n) => {
    const exact = Float64Array.from({ length: Math.min(m, n) }, (_, i) => 1 + Math.floor(i / 3)).reverse();
    const a = matrixOfSingularValues(m, n, exact, m + n);
    const values = singularValues(a);
    expect(largestDifference(values, exact)).toBeLessThan(1e-13);
    expect(largestDifference(singularValues(transpose(a)), values)).toBeLessThan(1e-13);
  });

  it('keep small values that squaring would lose', () => {
    const n = 12;
    const exact = Float64Array.from({ length: n }, (_, i) => 10 ** -i);
    expect(largestDifference(singularValues(matrixOfSingularValues(n, n, exact, 1)), exact)).toBeLessThan(
      5e-15,
    );
  });

  it('of rank-deficient and zero matrices end in zeros', () => {
    const values = singularValues(matmul(gaussianMatrix(20, 3, 1), gaussianMatrix(3, 15, 2)));
    expect(values[2]!).toBeGreaterThan(1);
    expect(values[3]!).toBeLessThan(1e-13);
    expect([...singularValues(matrix(3, 2))]).toEqual([0, 0]);
    expect(singularValues(matrix(0, 5))).toHaveLength(0);
  });

  it('are found where most are zero up to rounding', () => {
    const [left, right] = [gaussianMatrix(80, 10, 1), gaussianMatrix(10, 80, 2)];
    const values = singularValues(matmul(left, right));
    const product = matmul(left, right).data;
    const squares = values.reduce((sum, value) => sum + value ** 2, 0);
    expect(squares / product.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12);
    expect(values[9]!).toBeGreaterThan(1);
    expect(values[10]!).toBeLessThan(1e-12);
  });

  it('add up to the nuclear norm, the trace of a semidefinite matrix', () => {
    const a = semidefiniteMatrix(25, 10, 4);
    let sum = 0;
    for (let i = 0; i < 25; i++) sum += a.data[i * 26]!;
    expect(nuclearNorm(a)).toBeCloseTo(sum, 10);
  });
});
