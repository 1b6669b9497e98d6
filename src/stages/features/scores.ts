// Scores of two sets of images from what is known of their features. One table serves the evaluate stage and `sdx fid`.
import { UserError } from '../../errors.ts';
import { frechetDistance, type Gaussian } from '../../metrics/frechet.ts';
import type { FeatureRows } from '../../metrics/feature-rows.ts';
import { kernelDistance } from '../../metrics/kernel-distance.ts';
import { precisionRecall } from '../../metrics/precision-recall.ts';
import type { MetricName } from '../params.ts';

/** Metrics of features. */
export type FeatureMetric = Exclude<MetricName, 'spectrum' | 'paper-spectrum' | 'memorisation'>;

export function isOfFeatures(metric: MetricName): metric is FeatureMetric {
  return metric in scorers;
}

/** One side of a comparison. */
export interface FeatureSet {
  /** How messages name it. */
  readonly name: string;
  readonly gaussian: Gaussian;
  /** Absent where only statistics are known. */
  readonly rows?: FeatureRows;
}

export interface Compared {
  readonly reference: FeatureSet;
  readonly generated: FeatureSet;
  /** The seed of the random subsets. */
  readonly seed: number;
}

export interface Scores {
  readonly fid?: number;
  /** Further scores by name: kid, kidStd (absent where KID's subsets are the whole sets), precision, recall. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** KID's subsets (Binkowski et al. 2018 take 100 of 1,000); smaller sets take all that they have. */
export const kidSubsets = { subsets: 100, subsetSize: 1000 } as const;

/** Metrics that statistics are not enough for. */
export function needsRows(metric: FeatureMetric): boolean {
  return metric !== 'fid';
}

const scorers: Readonly<Record<FeatureMetric, (sets: Compared) => Scores>> = {
  fid: ({ reference, generated }) => ({
    fid: frechetDistance(reference.gaussian, generated.gaussian),
    metrics: {},
  }),
  kid: (sets) => {
    const [reference, generated] = [rowsOf(sets.reference), rowsOf(sets.generated)];
    const subsetSize = Math.min(kidSubsets.subsetSize, reference.rows, generated.rows);
    // Where the only subset is the whole set, nothing is drawn and nothing varies.
    const whole = subsetSize === reference.rows && subsetSize === generated.rows;
    const subsets = whole ? 1 : kidSubsets.subsets;
    const { mean, std } = kernelDistance(reference, generated, { subsets, subsetSize, seed: sets.seed });
    return { metrics: { kid: mean, ...(whole ? {} : { kidStd: std }) } };
  },
  'precision-recall': ({ reference, generated }) => ({
    metrics: { ...precisionRecall(rowsOf(reference), rowsOf(generated)) },
  }),
};

/** All of `metrics`. Throws UserError where a set is too small or its features are not known. */
export function scoreFeatures(metrics: readonly FeatureMetric[], sets: Compared): Scores {
  return metrics
    .map((metric) => scorers[metric](sets))
    .reduce((all, one) => ({ ...all, ...one, metrics: { ...all.metrics, ...one.metrics } }), { metrics: {} });
}

/** The features. Throws UserError where only statistics are known. */
export function rowsOf({ name, rows }: FeatureSet): FeatureRows {
  if (rows !== undefined) return rows;
  throw statisticsAlone(name);
}

/** The error for a set of which more than its statistics is needed. */
export function statisticsAlone(name: string): UserError {
  return new UserError('usage', `of ${name} only the mean and covariance are known`, {
    hint: 'KID, precision and recall need its images; or ask for fid alone',
  });
}
