// Kernel Inception distance (Binkowski et al. 2018): the unbiased squared MMD under the cubic polynomial kernel
// k(x, y) = (x.y / d + 1)^3, averaged over random subsets.
import { UserError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { permutation } from '../rng/noise.ts';
import type { FeatureRows } from './feature-rows.ts';

export interface KernelDistanceOptions {
  readonly subsets: number;
  readonly subsetSize: number;
  readonly seed: number;
}

export interface KernelDistance {
  readonly mean: number;
  /** Standard deviation over subsets (population form, numpy's `std`). */
  readonly std: number;
}

/**
 * KID of features a [n, d] and b [m, d]: subset i is drawn without replacement under (seed, "kid/a" | "kid/b", i).
 * Throws UserError if a set is smaller than a subset.
 */
export function kernelDistance(
  a: FeatureRows,
  b: FeatureRows,
  options: KernelDistanceOptions,
): KernelDistance {
  const { subsets, subsetSize, seed } = options;
  const smaller = Math.min(a.rows, b.rows);
  if (smaller < subsetSize || subsetSize < 2) {
    throw new UserError(
      'usage',
      `KID subsets of ${subsetSize} do not fit sets of ${a.rows} and ${b.rows} images`,
      {
        hint: `use a subset size from 2 to ${smaller}`,
      },
    );
  }
  const drawn = (set: FeatureRows, stream: string): Uint32Array[] =>
    Array.from({ length: subsets }, (_, i) => permutation(seed, stream, i, set.rows).subarray(0, subsetSize));
  const [ofA, ofB] = [drawn(a, 'kid/a'), drawn(b, 'kid/b')];
  const values = meetOften(a, b, ofA)
    ? mmdOfSubsets(a, ofA, b, ofB)
    : ofA.map((rows, i) => squaredMmd(pickRows(a, rows), pickRows(b, ofB[i]!)));
  const mean = values.reduce((sum, x) => sum + x, 0) / subsets;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / subsets;
  return { mean, std: Math.sqrt(variance) };
}

/** Unbiased squared MMD (Gretton et al. 2012, eq. 3) under the cubic kernel; may be negative. */
export function squaredMmd(a: Matrix, b: Matrix): number {
  const sums = (x: Matrix, y: Matrix): KernelSums => {
    const kernels = kernelsOf(x, y);
    return sumsOf(kernels, everyRow(x), everyRow(y));
  };
  return mmdOf(sums(a, a), sums(b, b), sums(a, b).sum, a.rows, b.rows);
}

/** Sums of k(a_i, b_j) over all pairs, and over i = j. */
interface KernelSums {
  readonly sum: number;
  readonly diagonal: number;
}

function mmdOf(a: KernelSums, b: KernelSums, between: number, n: number, m: number): number {
  const within = ({ sum, diagonal }: KernelSums, rows: number): number =>
    (sum - diagonal) / (rows * (rows - 1));
  return within(a, n) + within(b, m) - (2 * between) / (n * m);
}

/** Kernels of all pairs are kept where they are no more numbers than this (256 MiB). */
const mostKept = 2 ** 25;

/** Whether all pairs of rows are fewer than those that the subsets ask for, so that each is better computed once. */
function meetOften(a: FeatureRows, b: FeatureRows, subsets: readonly Uint32Array[]): boolean {
  const pairs = a.rows ** 2 + b.rows ** 2 + a.rows * b.rows;
  const asked = subsets.reduce((sum, { length }) => sum + 3 * length ** 2, 0);
  return pairs <= asked && Math.max(a.rows, b.rows) ** 2 <= mostKept;
}

/** The squared MMD of each pair of subsets, to the last bit as squaredMmd gives it. */
function mmdOfSubsets(
  a: FeatureRows,
  ofA: readonly Uint32Array[],
  b: FeatureRows,
  ofB: readonly Uint32Array[],
): number[] {
  const [allOfA, allOfB] = [pickRows(a, everyRow(a)), pickRows(b, everyRow(b))];
  const sums = (
    x: Matrix,
    ofX: readonly Uint32Array[],
    y: Matrix,
    ofY: readonly Uint32Array[],
  ): KernelSums[] => {
    const kernels = kernelsOf(x, y);
    return ofX.map((rows, i) => sumsOf(kernels, rows, ofY[i]!));
  };
  const [withinA, withinB] = [sums(allOfA, ofA, allOfA, ofA), sums(allOfB, ofB, allOfB, ofB)];
  return sums(allOfA, ofA, allOfB, ofB).map(({ sum }, i) =>
    mmdOf(withinA[i]!, withinB[i]!, sum, ofA[i]!.length, ofB[i]!.length),
  );
}

/** k(a_i, b_j), [n, m]. */
function kernelsOf(a: Matrix, b: Matrix): Matrix {
  const products = matmul(a, b, { transposeB: true, symmetric: a === b });
  for (let at = 0; at < products.data.length; at++)
    products.data[at] = (products.data[at]! / a.cols + 1) ** 3;
  return products;
}

function sumsOf({ cols, data }: Matrix, rows: Uint32Array, columns: Uint32Array): KernelSums {
  let [sum, diagonal] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * cols;
    for (let j = 0; j < columns.length; j++) {
      const kernel = data[start + columns[j]!]!;
      sum += kernel;
      if (i === j) diagonal += kernel;
    }
  }
  return { sum, diagonal };
}

function everyRow({ rows }: Pick<Matrix, 'rows'>): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, i) => i);
}

function pickRows(a: FeatureRows, rows: Uint32Array): Matrix {
  const data = new Float64Array(rows.length * a.cols);
  rows.forEach((row, i) => {
    data.set(a.data.subarray(row * a.cols, (row + 1) * a.cols), i * a.cols);
  });
  return { rows: rows.length, cols: a.cols, data };
}
