// What `sdx analyze` of a sweep hands to its report: the losses of every seed of every cell beside its teacher's. Plain
// JSON, complete enough that tables, plots and page can be made again from it alone.
import type { Analysis, LossPoint } from './analysis.ts';
import type { CellSettings } from './sweep-manifest.ts';

/** The student of one seed of a cell. */
export interface AnalyzedRun {
  readonly id: string;
  readonly seed: number;
  /** The keys of the student's and its teacher's analyses in the store. */
  readonly key: string;
  readonly teacherKey: string;
  readonly weights: 'ema' | 'raw';
  /** Each with its ratio to the teacher's. */
  readonly losses: readonly LossPoint[];
}

export interface AnalyzedCell extends CellSettings {
  /** Those that are trained, in the order of the seeds. */
  readonly runs: readonly AnalyzedRun[];
}

export interface SweepAnalysis extends Pick<
  Analysis,
  'sdxVersion' | 'engine' | 'count' | 'timesteps' | 'latentShape' | 'cutoff'
> {
  readonly schemaVersion: 1;
  readonly kind: 'sweep';
  readonly sweep: string;
  readonly description: string;
  readonly toggles: readonly string[];
  readonly seeds: readonly number[];
  readonly cells: readonly AnalyzedCell[];
  /** Ids of the runs that are not trained. */
  readonly missing: readonly string[];
}
