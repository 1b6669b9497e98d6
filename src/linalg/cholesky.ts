// Low-rank factors of positive semidefinite matrices by Cholesky with diagonal pivoting (Higham, "Analysis of the
// Cholesky decomposition of a semi-definite matrix", 1990): stops at the numerical rank, so singular covariances are no trouble.
import { InvariantError } from '../errors.ts';
import type { Matrix } from './matrix.ts';

/**
 * F, rank x n, with F^T F = A up to rounding, for A symmetric positive semidefinite n x n (its lower triangle is
 * read). Pivots at or below n * eps * max(diag A) are taken for zero. Throws InvariantError if A is not square.
 */
export function semidefiniteFactor(a: Matrix): Matrix {
  const n = a.rows;
  if (a.cols !== n) throw new InvariantError(`factor of a ${a.rows}x${a.cols} matrix`);
  const rest = Float64Array.from({ length: n }, (_, i) => a.data[i * n + i]!);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const lines = new Float64Array(n * n); // lines[i * n + k]: row order[i] of L at step k
  const tolerance = n * Number.EPSILON * rest.reduce((max, x) => Math.max(max, x), 0);
  let rank = 0;
  for (; rank < n; rank++) {
    const pivot = largestFrom(rest, rank);
    if (!(rest[pivot]! > tolerance)) break;
    swap(rest, rank, pivot);
    swap(order, rank, pivot);
    swapLines(lines, n, rank, pivot, rank);
    const diagonal = Math.sqrt(rest[rank]!);
    const column = order[rank]!;
    lines[rank * n + rank] = diagonal;
    for (let i = rank + 1; i < n; i++) {
      const row = order[i]!;
      const entry = row > column ? a.data[row * n + column]! : a.data[column * n + row]!;
      const value = (entry - dot(lines, i * n, rank * n, rank)) / diagonal;
      lines[i * n + rank] = value;
      rest[i]! -= value * value;
    }
  }
  const factor = new Float64Array(rank * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < Math.min(rank, i + 1); k++) factor[k * n + order[i]!] = lines[i * n + k]!;
  }
  return { rows: rank, cols: n, data: factor };
}

function largestFrom(values: Float64Array, start: number): number {
  let best = start;
  for (let i = start + 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function swap(values: Float64Array | Uint32Array, i: number, j: number): void {
  const kept = values[i]!;
  values[i] = values[j]!;
  values[j] = kept;
}

function swapLines(data: Float64Array, n: number, i: number, j: number, length: number): void {
  if (i === j) return;
  for (let k = 0; k < length; k++) swap(data, i * n + k, j * n + k);
}

/** Inner product of data[p..p+length) and data[q..q+length), in four partial sums. */
function dot(data: Float64Array, p: number, q: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += data[p + k]! * data[q + k]!;
    s1 += data[p + k + 1]! * data[q + k + 1]!;
    s2 += data[p + k + 2]! * data[q + k + 2]!;
    s3 += data[p + k + 3]! * data[q + k + 3]!;
  }
  for (; k < length; k++) s0 += data[p + k]! * data[q + k]!;
  return s0 + s1 + (s2 + s3);
}
