// Improved precision and recall (Kynkaanniemi et al. 2019, eqs. 1-2): a sample counts when it falls inside the ball
// that reaches from some sample of the other set to that sample's k-th nearest neighbour.
import { UserError } from '../errors.ts';
import { forEachRow } from './distances.ts';
import type { FeatureRows } from './feature-rows.ts';

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
