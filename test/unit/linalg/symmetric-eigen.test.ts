import { describe, expect, it } from 'vitest';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix, trace, type Matrix } from '../../../src/linalg/matrix.ts';
import { symmetricEigen, symmetricEigenvalues } from '../../../src/linalg/symmetric-eigen.ts';
import { gaussianMatrix, largestDifference, semidefiniteMatrix } from '../../support/random-matrix.ts';

/** The second-difference matrix, eigenvalues 2 - 2 cos(k pi / (n + 1)). */
function secondDifference(n: number): Matrix {
  return matrix(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, at) => {
      const gap = Math.abs(Math.floor(at / n) - (at % n));
      return gap === 0 ? 2 : gap === 1 ? -1 : 0;
    }),
  );
}

describe('symmetricEigenvalues', () => {
  it.each([1, 2, 3, 50])('of the second difference of order %i have their closed form', (n) => {
    const exact = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expect(largestDifference(symmetricEigenvalues(secondDifference(n)), exact)).toBeLessThan(1e-13);
  });

  it('survive a similarity that fills the matrix', () => {
    const n = 40;
    const { vectors } = symmetricEigen(semidefiniteMatrix(n, n, 1)); // an orthogonal matrix
    const exact = Float64Array.from({ length: n }, (_, i) => Math.floor(i / 3) - 4); // repeated and negative
    const scaled = matrix(
      n,
      n,
      vectors.data.map((x, at) => x * exact[Math.floor(at / n)]!),
    );
    const full = matmul(vectors, scaled, { transposeA: true });
    expect(largestDifference(symmetricEigenvalues(full), exact)).toBeLessThan(1e-12);
  });

  it('of diagonal and zero matrices are the diagonal', () => {
    expect([...symmetricEigenvalues(matrix(3, 3, Float64Array.of(3, 0, 0, 0, 1, 0, 0, 0, 2)))]).toEqual([
      1, 2, 3,
    ]);
    expect([...symmetricEigenvalues(matrix(4, 4))]).toEqual([0, 0, 0, 0]);
    expect(symmetricEigenvalues(matrix(0, 0))).toHaveLength(0);
  });

  it('sum to the trace, their squares to the squared norm', () => {
    const x = gaussianMatrix(70, 70, 5);
    const a = matrix(
      70,
      70,
      x.data.map((value, at) => value + x.data[(at % 70) * 70 + Math.floor(at / 70)]!),
    );
    const values = symmetricEigenvalues(a);
    expect(values.reduce((s, v) => s + v, 0)).toBeCloseTo(trace(a), 10);
    expect(values.reduce((s, v) => s + v * v, 0)).toBeCloseTo(
      a.data.reduce((s, v) => s + v * v, 0),
      8,
    );
  });

  it('refuse a matrix that is not finite', () => {
    expect(() => symmetricEigenvalues(matrix(2, 2, new Float64Array(4).fill(NaN)))).toThrow('not finite');
  });
});

describe('symmetricEigen', () => {
  it.each([1, 2, 9, 60])('diagonalises a matrix of order %i', (n) => {
    const a = semidefiniteMatrix(n, Math.ceil(n / 2), n);
    const { values, vectors } = symmetricEigen(a);
    const gram = matmul(vectors, vectors, { transposeB: true });
    const identity = gram.data.map((_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expect(largestDifference(gram.data, identity)).toBeLessThan(1e-13);
    const stretched = vectors.data.map((x, at) => x * values[Math.floor(at / n)]!);
    expect(largestDifference(matmul(vectors, a).data, stretched)).toBeLessThan(1e-12 * n);
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
  });
});
