// Blocked float64 matrix products. Panels of A and B are packed so that the innermost loop reads both with stride
// one and keeps a 4x4 tile of C in registers. The order of additions depends on the shapes alone.
import { InvariantError } from '../errors.ts';
import type { Matrix } from './matrix.ts';

const tile = 4;
const depthBlock = 256; // k: a packed 4 x 256 panel of B is 8 KiB, in the first-level cache
const rowBlock = 64; // rows of A packed at a time: 128 KiB, in the second-level cache

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Compute tiles on and above the diagonal only, then mirror them: for products known to be symmetric. */
  readonly symmetric?: boolean;
}

/** op(A) op(B) with op the identity or the transpose. */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  const { transposeA = false, transposeB = false, symmetric = false } = options;
  const [m, depth] = transposeA ? [a.cols, a.rows] : [a.rows, a.cols];
  const [depthB, n] = transposeB ? [b.cols, b.rows] : [b.rows, b.cols];
  if (depth !== depthB) throw new InvariantError(`product of ${m}x${depth} and ${depthB}x${n}`);
  const out = new Float64Array(m * n);
  const packedB = new Float64Array(depthBlock * Math.ceil(n / tile) * tile);
  const packedA = new Float64Array(depthBlock * rowBlock);
  for (let k0 = 0; k0 < depth; k0 += depthBlock) {
    const kc = Math.min(depthBlock, depth - k0);
    pack(packedB, b, !transposeB, 0, n, k0, kc);
    for (let i0 = 0; i0 < m; i0 += rowBlock) {
      const mc = Math.min(rowBlock, m - i0);
      pack(packedA, a, transposeA, i0, mc, k0, kc);
      const firstColumn = symmetric ? i0 - (i0 % tile) : 0;
      for (let j = firstColumn; j < n; j += tile) {
        for (let i = 0; i < mc; i += tile) {
          addTile(
            out,
            n,
            packedA,
            i * kc,
            packedB,
            j * kc,
            kc,
            i0 + i,
            j,
            Math.min(tile, mc - i),
            Math.min(tile, n - j),
          );
        }
      }
    }
  }
  if (symmetric) mirror(out, n);
  return { rows: m, cols: n, data: out };
}

/**
 * Copies `count` lines from `first` on, at depths k0..k0+kc, to panels of four lines: panel[(k * 4) + line]. A line
 * is a row of the matrix, or a column if `fromColumns`. Missing lines of the last panel are zero.
 */
function pack(
  panel: Float64Array,
  source: Matrix,
  fromColumns: boolean,
  first: number,
  count: number,
  k0: number,
  kc: number,
): void {
  const { data, cols } = source;
  const lineStride = fromColumns ? 1 : cols;
  const depthStride = fromColumns ? cols : 1;
  for (let line = 0; line < count; line += tile) {
    const base = line * kc;
    for (let t = 0; t < tile; t++) {
      const inside = line + t < count;
      let from = (first + line + t) * lineStride + k0 * depthStride;
      for (let k = 0; k < kc; k++) {
        panel[base + k * tile + t] = inside ? data[from]! : 0;
        from += depthStride;
      }
    }
  }
}

/** out[row.., col..] += the product of one packed panel of A and one of B. */
function addTile(
  out: Float64Array,
  stride: number,
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  kc: number,
  row: number,
  col: number,
  height: number,
  width: number,
): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  let p = aStart;
  let q = bStart;
  for (let k = 0; k < kc; k++) {
    const a0 = a[p]!;
    const a1 = a[p + 1]!;
    const a2 = a[p + 2]!;
    const a3 = a[p + 3]!;
    const b0 = b[q]!;
    const b1 = b[q + 1]!;
    const b2 = b[q + 2]!;
    const b3 = b[q + 3]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
    p += tile;
    q += tile;
  }
  const sums = [c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33];
  for (let i = 0; i < height; i++) {
    const base = (row + i) * stride + col;
    for (let j = 0; j < width; j++) out[base + j]! += sums[i * tile + j]!;
  }
}

/** Copies the upper triangle of a square matrix to its lower one. */
function mirror(data: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) data[j * n + i] = data[i * n + j]!;
}
