// Mean and covariance of a stream of feature vectors in float64. Samples are taken in blocks of fixed length counted
// from the first, so the result does not depend on how the stream was cut into batches, to the last bit.
import { InvariantError, UserError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import type { Matrix } from '../linalg/matrix.ts';

/** Mean [d] and covariance [d, d] of `count` samples; the covariance divides by count - 1 (numpy's `cov`). */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

const blockLength = 128;

/** Collects samples; `add` them in order, then `finish`. */
export class MomentAccumulator {
  readonly dimension: number;
  #count = 0;
  readonly #mean: Float64Array;
  /** Sum of (x - mean)(x - mean)^T over all whole blocks. */
  readonly #scatter: Float64Array;
  readonly #block: Float64Array;
  #filled = 0;

  constructor(dimension: number) {
    this.dimension = dimension;
    this.#mean = new Float64Array(dimension);
    this.#scatter = new Float64Array(dimension * dimension);
    this.#block = new Float64Array(blockLength * dimension);
  }

  /** Samples taken so far. */
  get count(): number {
    return this.#count + this.#filled;
  }

  /** Takes samples [n, dimension]. Throws UserError at a feature that is not finite. */
  add(features: ArrayLike<number>): void {
    const d = this.dimension;
    if (features.length % d !== 0) throw new InvariantError(`${features.length} numbers are no rows of ${d}`);
    for (let start = 0; start < features.length; start += d) {
      const base = this.#filled * d;
      for (let j = 0; j < d; j++) {
        const value = features[start + j]!;
        if (!Number.isFinite(value)) throw notFinite(this.count);
        this.#block[base + j] = value;
      }
      if (++this.#filled === blockLength) {
        this.#absorb(this.#mean, this.#scatter);
        this.#count += blockLength;
        this.#filled = 0;
      }
    }
  }

  /** Moments of everything added so far; more may be added afterwards. Throws UserError below two samples. */
  finish(): Moments {
    const count = this.count;
    if (count < 2) {
      throw new UserError('input', `a covariance needs at least 2 samples, got ${count}`, {
        hint: 'evaluate more images',
      });
    }
    const mean = this.#mean.slice();
    const scatter = this.#scatter.slice();
    if (this.#filled > 0) this.#absorb(mean, scatter);
    const d = this.dimension;
    return { count, mean, covariance: { rows: d, cols: d, data: scatter.map((x) => x / (count - 1)) } };
  }

  /**
   * Adds the current block to `mean` and `scatter` (Chan, Golub & LeVeque 1979, eq. 2.1): the between-means term
   * n m / (n + m) delta delta^T goes in as one more row of the block's centred data.
   */
  #absorb(mean: Float64Array, scatter: Float64Array): void {
    const d = this.dimension;
    const [n, m] = [this.#count, this.#filled];
    const blockMean = new Float64Array(d);
    for (let i = 0; i < m; i++) for (let j = 0; j < d; j++) blockMean[j]! += this.#block[i * d + j]!;
    for (let j = 0; j < d; j++) blockMean[j]! /= m;
    const rows = new Float64Array((m + 1) * d);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < d; j++) rows[i * d + j] = this.#block[i * d + j]! - blockMean[j]!;
    }
    const weight = Math.sqrt((n * m) / (n + m));
    for (let j = 0; j < d; j++) {
      const delta = blockMean[j]! - mean[j]!;
      rows[m * d + j] = weight * delta;
      mean[j]! += (delta * m) / (n + m);
    }
    const centred = { rows: m + 1, cols: d, data: rows };
    const added = matmul(centred, centred, { transposeA: true, symmetric: true }).data;
    for (let i = 0; i < added.length; i++) scatter[i]! += added[i]!;
  }
}

/** Moments of features [n, dimension]. */
export function momentsOf(features: ArrayLike<number>, dimension: number): Moments {
  const accumulator = new MomentAccumulator(dimension);
  accumulator.add(features);
  return accumulator.finish();
}

function notFinite(sample: number): UserError {
  return new UserError('input', `the features of sample ${sample} are not finite`, {
    hint: 'look at that image and at the extractor weights: a distance of such features means nothing',
  });
}
