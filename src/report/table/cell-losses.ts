// What the table, plots and page of a sweep's analysis have in common: how much more the students of a cell lose than
// their teacher, one number a seed, and how much that differs from the cell that they are compared with.
import type { ByBand, LossPoint } from '../../results/analysis.ts';
import { baselineOf } from '../../results/sweep-manifest.ts';
import type { AnalyzedCell, AnalyzedRun, SweepAnalysis } from '../../results/sweep-analysis.ts';
import { halfWidth } from '../../metrics/confidence.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import { formatSigned } from './number-format.ts';

/** A part of the loss at some of the timesteps. */
export interface LossPart {
  readonly key: string;
  readonly band: keyof ByBand;
  readonly timesteps: readonly number[];
}

/** The lowest two fifths of the timesteps: little noise, where high frequencies are still to be had. */
export function littleNoise({ timesteps }: Pick<SweepAnalysis, 'timesteps'>): readonly number[] {
  return timesteps.slice(0, Math.ceil(0.4 * timesteps.length));
}

/** The whole loss at all timesteps; at those of little noise the whole, its low and its high part. */
export function lossParts(
  analysis: Pick<SweepAnalysis, 'timesteps'>,
): Readonly<Record<'all' | 'early' | 'low' | 'high', LossPart>> {
  const timesteps = littleNoise(analysis);
  return {
    all: { key: 'all', band: 'loss', timesteps: analysis.timesteps },
    early: { key: 'little_noise', band: 'loss', timesteps },
    low: { key: 'little_noise_low', band: 'low', timesteps },
    high: { key: 'little_noise_high', band: 'high', timesteps },
  };
}

/** The logarithm of the geometric mean, over the timesteps of `part`, of the loss over the teacher's. */
export function logRatio({ losses }: AnalyzedRun, { band, timesteps }: LossPart): number {
  const points = losses.filter(({ t }) => typeof t === 'number' && timesteps.includes(t));
  return points.reduce((sum, point) => sum + Math.log(ratioAt(point, band)), 0) / points.length;
}

function ratioAt({ ratio }: LossPoint, band: keyof ByBand): number {
  return ratio?.[band].value ?? NaN;
}

/** Over the seeds; undefined where none is trained. */
export function cellLogRatio({ runs }: AnalyzedCell, part: LossPart): MeanSd | undefined {
  return meanSd(runs.map((run) => logRatio(run, part)));
}

/** The cell that `cell` is compared with; undefined where that is itself. */
export function comparedWith(
  { cells, toggles }: Pick<SweepAnalysis, 'cells' | 'toggles'>,
  cell: AnalyzedCell,
): AnalyzedCell | undefined {
  const baseline = baselineOf(cell, cells, toggles);
  return baseline === cell ? undefined : baseline;
}

/**
 * How much less (below 0) or more the students of `cell` lose than those of `baseline`, seed by seed, in logarithms; of
 * what `measure` gives.
 */
export function logDifference(
  cell: AnalyzedCell,
  baseline: AnalyzedCell,
  measure: (run: AnalyzedRun) => number,
): MeanSd | undefined {
  return meanSd(
    cell.runs.flatMap((run) => {
      const paired = baseline.runs.find(({ seed }) => seed === run.seed);
      return paired === undefined ? [] : [measure(run) - measure(paired)];
    }),
  );
}

/** A factor as a change in percent. */
export function asChange(factor: number): string {
  return formatSigned(100 * (factor - 1), 1);
}

/** The factor whose logarithm is given, with its 95 % interval where there are several seeds: `0.69 [0.67, 0.71]`. */
export function factorText(log: MeanSd, format: (factor: number) => string): string {
  const half = halfWidth(log);
  const factor = format(Math.exp(log.mean));
  if (half === undefined) return factor;
  return `${factor} [${[log.mean - half, log.mean + half].map((end) => format(Math.exp(end))).join(', ')}]`;
}
