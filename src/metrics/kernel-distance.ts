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
  const values = Array.from({ length: subsets }, (_, i) =>
    squaredMmd(
      pickRows(a, permutation(seed, 'kid/a', i, a.rows).subarray(0, subsetSize)),
      pickRows(b, permutation(seed, 'kid/b', i, b.rows).subarray(0, subsetSize)),
    ),
  );
  const mean = values.reduce((sum, x) => sum + x, 0) / subsets;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / subsets;
  return { mean, std: Math.sqrt(variance) };
}

/** Unbiased squared MMD (Gretton et al. 2012, eq. 3) under the cubic kernel; may be negative. */
export function squaredMmd(a: Matrix, b: Matrix): number {
  const [n, m] = [a.rows, b.rows];
  const within = (x: Matrix) => {
    const { sum, diagonal } = kernelSums(x, x);
    return (sum - diagonal) / (x.rows * (x.rows - 1));
  };
  return within(a) + within(b) - (2 * kernelSums(a, b).sum) / (n * m);
}

/** Sums of k(a_i, b_j) over all pairs, and over i = j. */
function kernelSums(a: Matrix, b: Matrix): { sum: number; diagonal: number } {
  const products = matmul(a, b, { transposeB: true, symmetric: a === b });
  let [sum, diagonal] = [0, 0];
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      const kernel = (products.data[i * b.rows + j]! / a.cols + 1) ** 3;
      sum += kernel;
      if (i === j) diagonal += kernel;
    }
  }
  return { sum, diagonal };
}

function pickRows(a: FeatureRows, rows: Uint32Array): Matrix {
  const data = new Float64Array(rows.length * a.cols);
  rows.forEach((row, i) => {
    data.set(a.data.subarray(row * a.cols, (row + 1) * a.cols), i * a.cols);
  });
  return { rows: rows.length, cols: a.cols, data };
}
