// Seeded random matrices for tests of linear algebra.
import { matmul } from '../../src/linalg/matmul.ts';
import { matrix, type Matrix } from '../../src/linalg/matrix.ts';
import { normal } from '../../src/rng/noise.ts';

/** Standard normal entries. */
export function gaussianMatrix(rows: number, cols: number, seed: number): Matrix {
  return matrix(rows, cols, Float64Array.from(normal(seed, 'test/matrix', 0, 0, rows * cols)));
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
