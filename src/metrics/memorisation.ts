// Whether generated images are copies of training images, by their distances in feature space:
//   - the three-sample test of Meehan, Chaudhuri and Dasgupta ("A non-parametric test to detect data-copying in
//     generative models", AISTATS 2020), in its global form (one cell): are generated samples nearer to the training set
//     than fresh data are? A Mann-Whitney U of the two sets of distances, as a z score;
//   - authenticity (Alaa et al., "How faithful is your synthetic data?", ICML 2022): the share of generated samples that
//     are no nearer to their nearest training sample than that one is to its own nearest other training sample.
import { UserError } from '../errors.ts';
import { forEachRow } from './distances.ts';
import { rowRange, type FeatureRows } from './feature-rows.ts';

export interface Memorisation {
  /** Z_U: about standard normal for fresh draws; far below 0 for copies, above 0 for what lies off the data. */
  readonly copyingZ: number;
  readonly authenticity: number;
}

/** Features of `generated` [m, d] against those trained on and those that were never seen. */
export function memorisation(
  training: FeatureRows,
  heldOut: FeatureRows,
  generated: FeatureRows,
): Memorisation {
  if (training.rows < 2 || heldOut.rows < 1 || generated.rows < 1)
    throw new UserError(
      'usage',
      `memorisation cannot be told of ${training.rows} training, ${heldOut.rows} held-out and ${generated.rows} generated images`,
      { hint: 'evaluate more images' },
    );
  const made = nearest(generated, training);
  const fresh = nearest(heldOut, training);
  return {
    copyingZ: mannWhitneyZ(made.distances, fresh.distances),
    authenticity: authenticShare(training, made),
  };
}

interface Nearest {
  /** Squared. */
  readonly distances: Float64Array;
  /** Index of the nearest row. */
  readonly rows: Uint32Array;
}

function nearest(queries: FeatureRows, centres: FeatureRows): Nearest {
  const distances = new Float64Array(queries.rows);
  const rows = new Uint32Array(queries.rows);
  forEachRow(queries, centres, (squared, i) => {
    const row = smallest(squared);
    rows[i] = row;
    distances[i] = squared[row]!;
  });
  return { distances, rows };
}

function smallest(values: Float64Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[at]!) at = i;
  return at;
}

/**
 * (U - mn/2) / sqrt(mn(m + n + 1) / 12), where U counts the pairs in which the value of `a` is the larger, ties half:
 * about standard normal where both come from one distribution (Mann & Whitney 1947), negative where `a` is smaller.
 */
export function mannWhitneyZ(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [m, n] = [a.length, b.length];
  const sorted = Float64Array.from(b).sort();
  let u = 0;
  for (let i = 0; i < m; i++) u += (lowerBound(sorted, a[i]!) + upperBound(sorted, a[i]!)) / 2;
  return (u - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12);
}

/** How many of the sorted values are below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  return firstIndex(sorted, (other) => other >= value);
}

/** How many of the sorted values are not above `value`. */
function upperBound(sorted: Float64Array, value: number): number {
  return firstIndex(sorted, (other) => other > value);
}

/** The first index from which on `holds`, by bisection. */
function firstIndex(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Only training samples that are nearest to some generated one are asked for their own neighbours. */
function authenticShare(training: FeatureRows, { distances, rows }: Nearest): number {
  const hit = [...new Set(rows)].sort((a, b) => a - b);
  const data = new Float64Array(hit.length * training.cols);
  for (const [i, row] of hit.entries()) data.set(rowRange(training, row, row + 1).data, i * training.cols);
  const radii = new Map<number, number>();
  forEachRow({ rows: hit.length, cols: training.cols, data }, training, (squared, i) => {
    squared[hit[i]!] = Infinity;
    radii.set(hit[i]!, squared[smallest(squared)]!);
  });
  return rows.reduce((sum, row, i) => sum + Number(distances[i]! >= radii.get(row)!), 0) / rows.length;
}
