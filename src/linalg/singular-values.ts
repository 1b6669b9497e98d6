// Singular values of float64 matrices: Householder bidiagonalisation (Golub & Kahan 1965), then the eigenvalues of
// the tridiagonal matrix [[0, B^T], [B, 0]] in perfect-shuffle order, which come in pairs +-sigma. Nothing is ever
// squared, so small values keep an absolute error of eps * largest.
import { householder } from './householder.ts';
import { transpose, type Matrix } from './matrix.ts';
import { implicitQl } from './tridiagonal.ts';

/** The min(rows, cols) singular values of `a`, descending. */
export function singularValues(a: Matrix): Float64Array {
  const tall = a.rows >= a.cols ? { ...a, data: a.data.slice() } : transpose(a);
  const n = tall.cols;
  const { diagonal, superDiagonal } = bidiagonalize(tall);
  const zeros = new Float64Array(2 * n);
  const couplings = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    couplings[2 * i] = diagonal[i]!;
    couplings[2 * i + 1] = superDiagonal[i]!;
  }
  implicitQl(zeros, couplings);
  return zeros
    .sort()
    .subarray(n)
    .reverse()
    .map((value) => Math.max(0, value));
}

/** The sum of the singular values of `a`. */
export function nuclearNorm(a: Matrix): number {
  return singularValues(a).reduceRight((sum, value) => sum + value, 0);
}

/**
 * Destroys `a` (rows >= cols). Step k reflects column k from the left with u and row k from the right with v; the
 * two rank-1 updates of the trailing block wait until the next step, whose u^T A is taken in the same pass.
 */
function bidiagonalize(a: Matrix): { diagonal: Float64Array; superDiagonal: Float64Array } {
  const { rows: m, cols: n, data } = a;
  const diagonal = new Float64Array(n);
  const superDiagonal = new Float64Array(n);
  const u = new Float64Array(m);
  const nextU = new Float64Array(m);
  const y = new Float64Array(n); // scale * u^T A
  const z = new Float64Array(m); // scale * A v
  const v = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) nextU[i] = data[i * n + k]! - u[i]! * y[k]! - z[i]! * v[k]!;
    const left = householder(nextU, k);
    diagonal[k] = left.head;
    updateAndProject(data, m, n, k, { u, y, z, v, nextU });
    u.set(nextU);
    for (let j = k + 1; j < n; j++) y[j]! *= left.scale;
    if (k + 1 >= n) break;
    for (let j = k + 1; j < n; j++) v[j] = data[k * n + j]! - y[j]!;
    const right = householder(v, k + 1);
    superDiagonal[k] = right.head;
    let yv = 0;
    for (let j = k + 1; j < n; j++) yv += y[j]! * v[j]!;
    multiplyRows(data, m, n, k + 1, v, z);
    for (let i = k + 1; i < m; i++) z[i] = right.scale * (z[i]! - u[i]! * yv);
  }
  return { diagonal, superDiagonal };
}

interface Pending {
  readonly u: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly v: Float64Array;
  readonly nextU: Float64Array;
}

/** Rows from k, columns after k: A -= u y^T + z v^T, then y = nextU^T A. Two rows a pass. */
function updateAndProject(data: Float64Array, m: number, n: number, k: number, pending: Pending): void {
  const { u, z, v, nextU } = pending;
  const y = pending.y.slice();
  const projected = pending.y;
  projected.fill(0, k + 1);
  let i = k;
  for (; i + 1 < m; i += 2) {
    const p = i * n;
    const q = p + n;
    const [u0, z0, x0, u1, z1, x1] = [u[i]!, z[i]!, nextU[i]!, u[i + 1]!, z[i + 1]!, nextU[i + 1]!];
    for (let j = k + 1; j < n; j++) {
      const yj = y[j]!;
      const vj = v[j]!;
      const a0 = data[p + j]! - u0 * yj - z0 * vj;
      const a1 = data[q + j]! - u1 * yj - z1 * vj;
      data[p + j] = a0;
      data[q + j] = a1;
      projected[j]! += x0 * a0 + x1 * a1;
    }
  }
  for (; i < m; i++) {
    const p = i * n;
    for (let j = k + 1; j < n; j++) {
      const value = data[p + j]! - u[i]! * y[j]! - z[i]! * v[j]!;
      data[p + j] = value;
      projected[j]! += nextU[i]! * value;
    }
  }
}

/** z[i] = sum over j >= start of data[i, j] v[j], rows from `start` on; four rows a pass. */
function multiplyRows(
  data: Float64Array,
  m: number,
  n: number,
  start: number,
  v: Float64Array,
  z: Float64Array,
): void {
  let i = start;
  for (; i + 3 < m; i += 4) {
    const p = i * n;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let j = start; j < n; j++) {
      const vj = v[j]!;
      s0 += data[p + j]! * vj;
      s1 += data[p + n + j]! * vj;
      s2 += data[p + 2 * n + j]! * vj;
      s3 += data[p + 3 * n + j]! * vj;
    }
    z[i] = s0;
    z[i + 1] = s1;
    z[i + 2] = s2;
    z[i + 3] = s3;
  }
  for (; i < m; i++) {
    let sum = 0;
    for (let j = start; j < n; j++) sum += data[i * n + j]! * v[j]!;
    z[i] = sum;
  }
}
