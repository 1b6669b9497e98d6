// Analyzes models that a run has trained: plans one more stage for each, runs these, and writes what they tell beside
// the results. Nothing is trained here.
import path from 'node:path';
import { readSafetensors } from '../weights/safetensors/safetensors.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import type { StoredArtifact } from '../store/store.ts';
import { InvariantError } from '../errors.ts';
import { waveletBands } from '../models/wavelet/wavelet.ts';
import type { Experiment } from '../config/types.generated.ts';
import { nodesOf, type Plan, type PlanNode } from '../plan/plan.ts';
import { analysisOf, type Probe } from '../plan/probes.ts';
import type { Analysis, ByBand, LossPoint, ModelAnalysis } from '../results/analysis.ts';
import { meanEstimate, pairedRatio, type Estimate } from '../metrics/statistics.ts';
import { resultsFolderOf, type ResultsPlace } from '../results/results-folder.ts';
import { writeAnalysis } from '../report/write-analysis.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { analyze as analyzeStage } from '../stages/kinds/analyze/describe.ts';
import { chosenModels } from './chosen-models.ts';
import { portableEngine } from './portable.ts';
import { preparePlan } from './prepare-plan.ts';
import type { RunExperimentOptions } from './run-experiment.ts';
import { runOnTrained } from './run-on-trained.ts';
import { whileUsing } from './while-using.ts';
import { sdxVersion } from './sdx-version.ts';

export interface AnalyzePlanOptions extends Pick<
  RunExperimentOptions,
  'store' | 'stages' | 'engine' | 'signal' | 'onEvent'
> {
  /** With analyses (analysisProbes). */
  readonly plan: Plan;
  /** The command that trains the models, for hints. */
  readonly trainedBy: string;
}

export interface RunAnalysisOptions extends Omit<AnalyzePlanOptions, 'plan'>, ResultsPlace {
  readonly config: Experiment;
  /** `teacher`, or names of students; none: all models. */
  readonly models: readonly string[];
}

export interface AnalysisRun {
  readonly analysis: Analysis;
  /** Absolute. */
  readonly folder: string;
}

/**
 * Analyzes and writes results/<experiment>/analysis/. Throws UserError('usage') for models that the experiment does not
 * have, UserError('input') for those that are not trained, and as runPlan does.
 */
export async function runAnalysis(options: RunAnalysisOptions): Promise<AnalysisRun> {
  const { config, store, stages, signal } = options;
  const probes = analysisProbes(config, options.models);
  const plan = await preparePlan({ config, store, stages, signal, probes });
  const analysis = await analyzePlan({ ...options, plan });
  const folder = path.join(resultsFolderOf(options), 'analysis');
  await withDiskErrors(folder, () => writeAnalysis(folder, analysis));
  return { analysis, folder };
}

/** What plans the analyses of `names`; none: of all models. Throws UserError('usage') for models that the experiment does not have. */
export function analysisProbes(config: Experiment, names: readonly string[]): readonly Probe[] {
  if (config.analyze === undefined)
    throw new InvariantError('the experiment was loaded without its section `analyze`');
  return [analysisOf(new Set(chosenModels(config, names)), config.analyze)];
}

/** Runs the analyses of the plan; what they tell is not written anywhere. Throws as runAnalysis does. */
export function analyzePlan(options: AnalyzePlanOptions): Promise<Analysis> {
  const { experiment, nodes } = options.plan;
  const analyses = nodesOf(nodes, analyzeStage);
  return whileUsing(options, async () => {
    const artifacts = await runOnTrained({
      ...options,
      nodes: analyses,
      name: `${experiment}-analyze`,
      hint: `run \`${options.trainedBy}\` first, with the same changes and store, or name only models that are trained`,
    });
    return collectAnalysis(experiment, analyses, artifacts);
  });
}

/** Losses of the low and high band by timestep and sample, [T][count]. */
type Samples = Readonly<Record<'low' | 'high', readonly (readonly number[])[]>>;

async function collectAnalysis(
  experiment: string,
  nodes: readonly PlanNode<'analyze'>[],
  artifacts: readonly StoredArtifact[],
): Promise<Analysis> {
  const summaries = artifacts.map((artifact) => summaryOf(analyzeStage, artifact));
  const samples: { readonly model: Samples; readonly copy: Samples }[] = [];
  for (const [i, { dir }] of artifacts.entries())
    samples.push(await readSamples(path.join(dir, summaries[i]!.losses), summaries[i]!.count));
  const teacher = samples[nodes.findIndex(({ name }) => name === 'teacher')]?.model;
  const { count, timesteps, cutoff } = summaries[0]!;
  return {
    schemaVersion: 1,
    experiment,
    sdxVersion: sdxVersion(),
    engine: portableEngine(artifacts[0]!.manifest.engine ?? {}),
    count,
    timesteps,
    latentShape: nodes[0]!.params.latentShape,
    cutoff,
    bands: waveletBands,
    models: nodes.map(({ name, key }, i): ModelAnalysis => {
      const { weights, gates } = summaries[i]!;
      const compared = name === 'teacher' ? undefined : teacher;
      return { name, key, weights, losses: lossPoints(timesteps, samples[i]!.model, compared), gates };
    }),
    copy: lossPoints(timesteps, samples[0]!.copy, teacher), // the same in all
  };
}

async function readSamples(
  file: string,
  count: number,
): Promise<{ readonly model: Samples; readonly copy: Samples }> {
  const { tensors } = await readSafetensors(file);
  const rows = (name: string): number[][] => {
    const { data } = tensors[name]!;
    return Array.from({ length: data.length / count }, (_, t) => [
      ...data.subarray(t * count, (t + 1) * count),
    ]);
  };
  return {
    model: { low: rows('low'), high: rows('high') },
    copy: { low: rows('copyLow'), high: rows('copyHigh') },
  };
}

function lossPoints(
  timesteps: readonly number[],
  samples: Samples,
  teacher: Samples | undefined,
): LossPoint[] {
  const points = [
    ...timesteps.map((t, i) => ({ t, i: [i] })),
    { t: 'all' as const, i: [...timesteps.keys()] },
  ];
  return points.map(({ t, i }) => {
    const own = errorsAt(samples, i);
    const ratio = teacher && byBand(own, errorsAt(teacher, i));
    return { t, ...byBand(own), ...(ratio && { ratio }) };
  });
}

type BandErrors = Readonly<Record<keyof ByBand, readonly number[]>>;

/** Each sample's mean over the timesteps of numbers `indices`. */
function errorsAt({ low, high }: Samples, indices: readonly number[]): BandErrors {
  const mean = (rows: Samples['low']): number[] =>
    rows[0]!.map((_, sample) => indices.reduce((sum, i) => sum + rows[i]![sample]!, 0) / indices.length);
  const [meanLow, meanHigh] = [mean(low), mean(high)];
  return { loss: meanLow.map((value, i) => value + meanHigh[i]!), low: meanLow, high: meanHigh };
}

/** Means over the samples by band, or their ratios to those of `teacher`. */
function byBand(errors: BandErrors, teacher?: BandErrors): ByBand {
  const of = (band: keyof ByBand): Estimate =>
    teacher ? pairedRatio(errors[band], teacher[band]) : meanEstimate(errors[band]);
  return { loss: of('loss'), low: of('low'), high: of('high') };
}
