// Seeded random matrices for tests of linear algebra.
import { matmul } from '../../src/linalg/matmul.ts';
import { matrix, type Matrix } from '../../src/linalg/matrix.ts';
import { normal } from '../../src/rng/noise.ts';

/** Standard normal entries. */
export function gaussianMatrix(rows: number, cols: number, seed: number): Matrix {
  return matrix(rows, cols, Float64Array.from(normal(seed, 'test/matrix', 0, 0, rows * cols)));
}

/** Orthonormal rows [n, n]: random ones, each freed of those before it, twice (Gram-Schmidt). */
function orthogonalMatrix(n: number, seed: number): Matrix {
  const rows = gaussianMatrix(n, n, seed);
  const row = (i: number) => rows.data.subarray(i * n, (i + 1) * n);
  const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
  for (let i = 0; i < n; i++) {
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const share = inner(row(i), row(j));
        row(i).forEach((x, k) => (row(i)[k] = x - share * row(j)[k]!));
      }
    const norm = Math.sqrt(inner(row(i), row(i)));
    row(i).forEach((x, k) => (row(i)[k] = x / norm));
  }
  return rows;
}

/** A matrix [m, n] with the singular values `values`, min(m, n) of them, between random orthonormal vectors. */
export function matrixOfSingularValues(
  m: number,
  n: number,
  values: ArrayLike<number>,
  seed: number,
): Matrix {
  const [left, right] = [orthogonalMatrix(m, seed), orthogonalMatrix(n, seed + 1)];
  const middle = matrix(m, n);
  for (let i = 0; i < values.length; i++) middle.data[i * n + i] = values[i]!;
  return matmul(matmul(left, middle, { transposeA: true }), right);
}

/** X^T X of rank min(rank, n). */
export function semidefiniteMatrix(n: number, rank: number, seed: number): Matrix {
  const x = gaussianMatrix(rank, n, seed);
  return matmul(x, x, { transposeA: true, symmetric: true });
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference; // NaN stays
  }
  return largest;
}
