// Improved precision and recall (Kynkaanniemi et al. 2019, eqs. 1-2): a sample counts when it falls inside the ball
// that reaches from some sample of the other set to that sample's k-th nearest neighbour.
import { UserError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import type { Matrix } from '../linalg/matrix.ts';

export interface PrecisionRecall {
  /** Share of generated samples inside the reference manifold. */
  readonly precision: number;
  /** Share of reference samples inside the generated manifold. */
  readonly recall: number;
}

/** Precision and recall of features generated [n, d] against reference [m, d]; the paper uses k = 3. */
export function precisionRecall(reference: Matrix, generated: Matrix, k = 3): PrecisionRecall {
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
function coverage(centres: Matrix, radii: Float64Array, queries: Matrix): number {
  let inside = 0;
  forEachRow(queries, centres, (distances) => {
    if (distances.some((distance, j) => distance <= radii[j]!)) inside++;
  });
  return inside / queries.rows;
}

/** Squared distance from each sample to its k-th nearest other sample. */
function squaredRadii(samples: Matrix, k: number): Float64Array {
  const radii = new Float64Array(samples.rows);
  forEachRow(samples, samples, (distances, i) => {
    distances[i] = -1; // itself, first in order whatever rounding says
    radii[i] = distances.sort()[k]!;
  });
  return radii;
}

const rowsAtOnce = 256;

/** Squared Euclidean distances of each row of `a` to all rows of `b`; the array is reused. */
function forEachRow(a: Matrix, b: Matrix, visit: (distances: Float64Array, row: number) => void): void {
  const [normsA, normsB] = [squaredNorms(a), squaredNorms(b)];
  for (let start = 0; start < a.rows; start += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, a.rows - start);
    const slab = { rows, cols: a.cols, data: a.data.subarray(start * a.cols, (start + rows) * a.cols) };
    const products = matmul(slab, b, { transposeB: true });
    for (let i = 0; i < rows; i++) {
      const distances = products.data.subarray(i * b.rows, (i + 1) * b.rows);
      for (let j = 0; j < b.rows; j++) {
        distances[j] = Math.max(0, normsA[start + i]! + normsB[j]! - 2 * distances[j]!);
      }
      visit(distances, start + i);
    }
  }
}

function squaredNorms({ rows, cols, data }: Matrix): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) norms[i]! += data[i * cols + j]! ** 2;
  return norms;
}
