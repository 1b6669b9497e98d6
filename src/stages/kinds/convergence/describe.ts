// How near samplers come to the solution of one model's probability flow, by the number of network evaluations: latents of
// few steps against those of many, from the same noise. Plans have this stage only where a probe asks for it.
import { functionEvaluations, type SamplerName } from '../../../diffusion/samplers.ts';
import { describeStage } from '../../describing/description.ts';
import { weightBytes } from '../../describing/estimate.ts';
import {
  samplingCost,
  samplingIdentity,
  stepsOf,
  type SampleParams,
} from '../../describing/sampling-settings.ts';
import { samplingInputs } from '../sample/describe.ts';

/** `sample` says how the latents are drawn that others are held against; its `count` and `batchSize` are those of all. */
export interface ConvergenceParams extends SampleParams {
  readonly samplers: readonly SamplerName[];
  /** Numbers of steps, rising. */
  readonly steps: readonly number[];
}

export interface SamplerError {
  readonly sampler: SamplerName;
  readonly steps: number;
  /** Network evaluations of one sample, guidance's apart. */
  readonly evaluations: number;
  /** Of |x0 - reference| / |reference| over the samples. */
  readonly mean: number;
  readonly sd: number;
}

export interface ConvergenceSummary {
  readonly count: number;
  readonly weights: 'ema' | 'raw';
  readonly reference: Pick<SamplerError, 'sampler' | 'steps' | 'evaluations'>;
  /** By sampler, then by steps. */
  readonly errors: readonly SamplerError[];
}

/** What is held against the reference, in order. */
export function comparedRuns({
  samplers,
  steps,
}: Pick<ConvergenceParams, 'samplers' | 'steps'>): Omit<SamplerError, 'mean' | 'sd'>[] {
  return samplers.flatMap((sampler) =>
    steps.map((count) => ({
      sampler,
      steps: count,
      evaluations: functionEvaluations(sampler, count),
    })),
  );
}

export const convergence = describeStage<ConvergenceParams, ConvergenceSummary>()({
  kind: 'convergence',
  version: 1,
  scope: 'shared', // not of the model's own seed: all models are shown the same noise
  seedStream: 'stage/sample',
  batchSizeKey: 'figures.batchSize',
  inputs: samplingInputs,
  identity(params, digests) {
    const { samplers, steps } = params;
    return { ...samplingIdentity(params, digests), samplers, steps };
  },
  estimate(params, { costs }) {
    const { count } = params.sample;
    const { guided, ...cost } = samplingCost(params, costs);
    const { timeSteps, evaluations = timeSteps } = stepsOf(params);
    const all = comparedRuns(params).reduce((sum, run) => sum + run.evaluations, evaluations);
    return {
      network: cost.network,
      amount: { unit: 'images', count, timeSteps: all, ...(guided && { guided }) },
      flop: count * cost.flop(all),
      diskBytes: 0,
      scratchBytes: 0,
      memoryBytes: weightBytes(cost.params),
    };
  },
  summary: ['count', 'weights', 'reference', 'errors'],
});
