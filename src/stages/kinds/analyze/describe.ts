// Losses and gates of one model over noise levels. Plans have this stage only where a probe asks for it.
import type { Experiment } from '../../../config/types.generated.ts';
import type { UNetConfig } from '../../../models/unet/unet-config.ts';
import type { GateCurves } from '../../../results/analysis.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import { conditionCost, flopOf, tokensOf, weightBytes } from '../../describing/estimate.ts';
import { conditioningIdentity, unetIdentity } from '../../describing/identity.ts';
import type { ConditioningParams, DiffusionParams, LatentShape } from '../../params.ts';
import { dataset } from '../dataset/describe.ts';
import { distill } from '../distill/describe.ts';
import { latents } from '../latents/describe.ts';
import { teacher } from '../teacher/describe.ts';

export interface AnalyzeParams {
  readonly model: string;
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  /** Whether the averaged weights are taken, as in sampling. */
  readonly useEma: boolean;
  readonly analyze: NonNullable<Experiment['analyze']>;
}

export interface AnalyzeSummary {
  /** Samples at each timestep. */
  readonly count: number;
  /** Rising. */
  readonly timesteps: readonly number[];
  readonly weights: 'ema' | 'raw';
  /** Low frequencies are below, cycles per pixel of the latents. */
  readonly cutoff: number;
  /**
   * File of the losses by sample, [T, count] float32: `low` and `high`, of which the sum is the loss; `copyLow` and
   * `copyHigh`, those of x_t itself as a prediction.
   */
  readonly losses: string;
  /** In the order in which the modules run; empty without wavelet gating. */
  readonly gates: readonly GateCurves[];
}

export const analyze = describeStage<AnalyzeParams, AnalyzeSummary>()({
  kind: 'analyze',
  version: 1,
  scope: 'shared', // not of the model's own seed: all models are shown the same noise
  seedStream: 'stage/analyze',
  batchSizeKey: 'analyze.batchSize',
  inputs: { model: required(teacher, distill), latents: required(latents), dataset: optional(dataset) },
  identity: ({ unet, conditioning, latentShape, diffusion, useEma, analyze }, digests) => ({
    unet: unetIdentity(unet),
    conditioning: conditioningIdentity(conditioning, digests),
    latentShape,
    diffusion,
    useEma,
    analyze: {
      count: analyze.count,
      timesteps: analyze.timesteps,
      ...(analyze.part !== 'held-out' && { part: analyze.part }),
    },
  }),
  estimate({ unet, conditioning, analyze: { count: most, timesteps } }, { costs, images }) {
    const cost = costs.unet(unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const count = Math.min(most, images ?? most);
    return {
      network: cost,
      amount: { unit: 'images', count, timeSteps: timesteps },
      flop: count * timesteps * (flopOf(cost) + flopOf(told)),
      diskBytes: 0,
      scratchBytes: 0,
      memoryBytes: weightBytes(cost.params + told.params),
    };
  },
  summary: ['count', 'timesteps', 'weights', 'cutoff', 'losses', 'gates'],
});
