// Improved precision and recall (Kynkaanniemi et al. 2019, eqs. 1-2): a sample counts when it falls inside the ball
// that reaches from some sample of the other set to that sample's k-th nearest neighbour.
import { UserError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import { rowRange, type FeatureRows } from './feature-rows.ts';

export interface PrecisionRecall {
  /** Share of generated samples inside the reference manifold. */
  readonly precision: number;
  /** Share of reference samples inside the generated manifold. */
  readonly recall: number;
}

/** The neighbour whose distance is the radius of a sample's ball, as in the paper: k. */
export const paperNeighbour = 3;

/** Precision and recall of features generated [n, d] against reference [m, d]. */
export function precisionRecall(
  reference: FeatureRows,
  generated: FeatureRows,
  k = paperNeighbour,
): PrecisionRecall {
  const smaller = Math.min(reference.rows, generated.rows);
  if (k < 1 || smaller <= k) {
    throw new UserError(
      'usage',
      `precision and recall with k = ${k} need more than ${k} samples, got ${smaller}`,
      {
        hint: 'evaluate more images',
      },
    );
  }
  return {
    precision: coverage(reference, squaredRadii(reference, k), generated),
    recall: coverage(generated, squaredRadii(generated, k), reference),
  };
}

/** Share of `queries` inside at least one ball. */
function coverage(centres: FeatureRows, radii: Float64Array, queries: FeatureRows): number {
  let inside = 0;
  forEachRow(queries, centres, (distances) => {
    if (distances.some((distance, j) => distance <= radii[j]!)) inside++;
  });
  return inside / queries.rows;
}

/** Squared distance from each sample to its k-th nearest other sample. */
function squaredRadii(samples: FeatureRows, k: number): Float64Array {
  const radii = new Float64Array(samples.rows);
  forEachRow(samples, samples, (distances, i) => {
    distances[i] = -1; // itself, first in order whatever rounding says
    radii[i] = distances.sort()[k]!;
  });
  return radii;
}

/** Bound memory: 256 x 4,096 products, and as many rows in float64, are 75 MB at 2,048 features. */
const rowsAtOnce = 256;
const columnsAtOnce = 4096;

/** Squared Euclidean distances of each row of `a` to all rows of `b`; the array is reused. */
function forEachRow(
  a: FeatureRows,
  b: FeatureRows,
  visit: (distances: Float64Array, row: number) => void,
): void {
  const [normsA, normsB] = [squaredNorms(a), squaredNorms(b)];
  const slabs = new Float64Array(Math.min(rowsAtOnce, a.rows) * b.rows);
  for (let start = 0; start < a.rows; start += rowsAtOnce) {
    const slab = rowRange(a, start, Math.min(a.rows, start + rowsAtOnce));
    for (let from = 0; from < b.rows; from += columnsAtOnce) {
      const others = rowRange(b, from, Math.min(b.rows, from + columnsAtOnce));
      const products = matmul(slab, others, { transposeB: true }).data;
      for (let i = 0; i < slab.rows; i++) {
        for (let j = 0; j < others.rows; j++) {
          const squared = normsA[start + i]! + normsB[from + j]! - 2 * products[i * others.rows + j]!;
          slabs[i * b.rows + from + j] = Math.max(0, squared);
        }
      }
    }
    for (let i = 0; i < slab.rows; i++) visit(slabs.subarray(i * b.rows, (i + 1) * b.rows), start + i);
  }
}

function squaredNorms({ rows, cols, data }: FeatureRows): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) norms[i]! += data[i * cols + j]! ** 2;
  return norms;
}
