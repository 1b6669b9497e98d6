// Eigenvalues and eigenvectors of symmetric float64 matrices: Householder reduction to tridiagonal form, then
// implicit QL. The reduction updates the matrix and multiplies it with the next reflector in a single pass.
import { InvariantError } from '../errors.ts';
import { householder } from './householder.ts';
import type { Matrix } from './matrix.ts';
import { implicitQl } from './tridiagonal.ts';

/** Eigenvalues, ascending; the lower triangle of `a` is read. */
export function symmetricEigenvalues(a: Matrix): Float64Array {
  const { diagonal, offDiagonal } = tridiagonalize(a);
  implicitQl(diagonal, offDiagonal);
  return diagonal.sort();
}

export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row k is the unit eigenvector of values[k]. */
  readonly vectors: Matrix;
}

/** Eigenvalues and eigenvectors; the lower triangle of `a` is read. */
export function symmetricEigen(a: Matrix): SymmetricEigen {
  const n = a.rows;
  const { diagonal, offDiagonal, reflectors, scales } = tridiagonalize(a);
  const q = accumulate(reflectors, scales, n);
  implicitQl(diagonal, offDiagonal, q);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[i]! - diagonal[j]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(q.subarray(from * n, (from + 1) * n), to * n);
  });
  return {
    values: Float64Array.from(order, (i) => diagonal[i]!),
    vectors: { rows: n, cols: n, data: vectors },
  };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  /** Row k holds reflector k, I - scales[k] v v^T, in its entries from k + 1 on. */
  readonly reflectors: Float64Array;
  readonly scales: Float64Array;
}

/**
 * T = Q^T A Q with Q the product of reflectors H_0 ... H_{n-3}. At step k the trailing lower triangle takes the
 * rank-2 update A -= v w^T + w v^T, and v of the next step is read off its first column.
 */
function tridiagonalize(a: Matrix): Tridiagonal {
  const n = a.rows;
  if (a.cols !== n) throw new InvariantError(`eigenvalues of a ${a.rows}x${a.cols} matrix`);
  const work = a.data.slice();
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const reflectors = new Float64Array(n * n);
  const scales = new Float64Array(n);
  const w = new Float64Array(n);
  const v = new Float64Array(n);
  const product = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    // Column k of the matrix with the pending update of step k - 1.
    for (let i = k; i < n; i++) work[i * n + k]! -= v[i]! * w[k]! + w[i]! * v[k]!;
    diagonal[k] = work[k * n + k]!;
    if (k === n - 1) break;
    const next = reflectors.subarray(k * n, (k + 1) * n);
    for (let i = k + 1; i < n; i++) next[i] = work[i * n + k]!;
    const { scale, head } = householder(next, k + 1);
    offDiagonal[k] = head;
    scales[k] = scale;
    updateAndMultiply(work, n, k + 1, v, w, next, product);
    let inner = 0;
    for (let i = k + 1; i < n; i++) inner += product[i]! * next[i]!;
    const half = (scale * scale * inner) / 2;
    for (let i = k + 1; i < n; i++) {
      w[i] = scale * product[i]! - half * next[i]!;
      v[i] = next[i]!;
    }
  }
  return { diagonal, offDiagonal, reflectors, scales };
}

/** On the lower triangle from `start` on: A -= v w^T + w v^T, and product = A next with the new A. */
function updateAndMultiply(
  work: Float64Array,
  n: number,
  start: number,
  v: Float64Array,
  w: Float64Array,
  next: Float64Array,
  product: Float64Array,
): void {
  product.fill(0, start);
  for (let i = start; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    const wi = w[i]!;
    const xi = next[i]!;
    let sum = 0;
    for (let j = start; j < i; j++) {
      const value = work[row + j]! - vi * w[j]! - wi * v[j]!;
      work[row + j] = value;
      sum += value * next[j]!;
      product[j]! += value * xi;
    }
    const corner = work[row + i]! - 2 * vi * wi;
    work[row + i] = corner;
    product[i]! += sum + corner * xi;
  }
}

/** Q^T = H_{n-2} ... H_0, row-major: built from the last reflector inwards, so each touches its own block only. */
function accumulate(reflectors: Float64Array, scales: Float64Array, n: number): Float64Array {
  const q = new Float64Array(n * n); // Q; transposed in place at the end
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const row = new Float64Array(n);
  for (let k = n - 2; k >= 0; k--) {
    const v = reflectors.subarray(k * n, (k + 1) * n);
    row.fill(0);
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) row[j]! += v[i]! * q[i * n + j]!;
    for (let i = k + 1; i < n; i++) {
      const factor = scales[k]! * v[i]!;
      for (let j = k + 1; j < n; j++) q[i * n + j]! -= factor * row[j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const kept = q[i * n + j]!;
      q[i * n + j] = q[j * n + i]!;
      q[j * n + i] = kept;
    }
  }
  return q;
}
