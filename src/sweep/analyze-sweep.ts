// Analyzes the students of a sweep that are trained, each beside its teacher, and gathers what they tell cell by cell.
import path from 'node:path';
import { UserError } from '../errors.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import { writeSweepAnalysis } from '../report/write-analysis.ts';
import type { Analysis } from '../results/analysis.ts';
import type { AnalyzedRun, SweepAnalysis } from '../results/sweep-analysis.ts';
import { analysisProbes, analyzePlan, type AnalyzePlanOptions } from '../runner/run-analysis.ts';
import type { LoadedSweep, SweepRun } from './load-sweep.ts';
import { planSweep, type PlannedRun } from './plan-sweep.ts';

export interface AnalyzeSweepOptions extends Omit<AnalyzePlanOptions, 'plan'> {
  /** Loaded with the section `analyze`. */
  readonly sweep: LoadedSweep;
  /** Parent of the folder `<sweep>/analysis` that the analysis is written to. */
  readonly resultsDir: string;
}

export interface SweepAnalysisRun {
  readonly analysis: SweepAnalysis;
  /** Absolute. */
  readonly folder: string;
}

/**
 * Analyzes, and writes results/<sweep>/analysis/. Students that are not trained are left out and named. Throws
 * UserError('input') where none is trained, and as runAnalysis does.
 */
export async function analyzeSweep(options: AnalyzeSweepOptions): Promise<SweepAnalysisRun> {
  const { sweep, store, stages, signal, trainedBy } = options;
  const { runs } = await planSweep({
    ...{ sweep, store, stages, signal },
    probesOf: (config) => analysisProbes(config, ['teacher', sweep.student]),
  });
  const analyses = new Map<SweepRun, Analysis>();
  for (const planned of runs)
    if (await isTrained(planned, options))
      analyses.set(planned.run, await analyzePlan({ ...options, plan: planned.plan }));
  const [first] = analyses.values();
  if (first === undefined)
    throw new UserError('input', `no student of ${sweep.name} is trained yet`, {
      hint: `run \`${trainedBy}\` first, with the same changes and store`,
    });
  const analysis = collect(sweep, analyses, first);
  const folder = path.resolve(options.resultsDir, sweep.name, 'analysis');
  await withDiskErrors(folder, () => writeSweepAnalysis(folder, analysis));
  return { analysis, folder };
}

async function isTrained({ plan }: PlannedRun, { sweep, store }: AnalyzeSweepOptions): Promise<boolean> {
  const student = plan.nodes.find(({ kind, model }) => kind === 'distill' && model === sweep.student);
  return student !== undefined && (await store.find(student.key)) !== undefined;
}

function collect(
  { name, description, toggles, seeds, cells }: LoadedSweep,
  analyses: ReadonlyMap<SweepRun, Analysis>,
  { sdxVersion, engine, count, timesteps, latentShape, cutoff }: Analysis,
): SweepAnalysis {
  return {
    schemaVersion: 1,
    kind: 'sweep',
    sweep: name,
    description,
    sdxVersion,
    engine,
    count,
    timesteps,
    latentShape,
    cutoff,
    toggles,
    seeds,
    cells: cells.map((cell) => ({
      id: cell.id,
      toggles: { ...cell.toggles },
      axes: cell.axes.map(({ key, value }) => ({ key, value })),
      runs: cell.runs.flatMap((run) => {
        const analysis = analyses.get(run);
        return analysis === undefined ? [] : [analyzedRun(run, analysis)];
      }),
    })),
    missing: cells.flatMap(({ runs }) => runs.filter((run) => !analyses.has(run)).map(({ id }) => id)),
  };
}

function analyzedRun({ id, seed }: SweepRun, { models }: Analysis): AnalyzedRun {
  const [teacher, student] = models;
  const { key, weights, losses } = student!;
  return { id, seed, key, teacherKey: teacher!.key, weights, losses };
}
