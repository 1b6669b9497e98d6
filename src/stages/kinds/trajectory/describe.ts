// One model's sampling, watched: the images that it predicts on the way, and its wavelet gates. Plans have this stage only
// where a probe asks for it.
import type { GateCurves } from '../../../results/analysis.ts';
import { describeStage } from '../../describing/description.ts';
import { factorOf, flopOf, imageBytes, nothing, weightBytes } from '../../describing/estimate.ts';
import {
  samplingCost,
  samplingIdentity,
  stepsOf,
  type SampleParams,
} from '../../describing/sampling-settings.ts';
import { samplingInputs } from '../sample/describe.ts';

/** `sample` says how the model is sampled; its `count` and `batchSize` are those of the watched samples. */
export interface TrajectoryParams extends SampleParams {
  /** Steps whose predictions are looked at, as many as there are at most. */
  readonly frames: number;
  /** Samples whose pictures are kept. */
  readonly shown: number;
}

export interface TrajectorySummary {
  readonly count: number;
  /** In the order of sampling: falling. */
  readonly timesteps: readonly number[];
  /** Which of the timesteps are looked at. */
  readonly frames: readonly number[];
  readonly weights: 'ema' | 'raw';
  /** By step; empty without wavelet gating. */
  readonly gates: readonly GateCurves[];
  /** Side of the images. */
  readonly size: number;
  /** Mean power by radius of the predicted images in each frame, and of the samples themselves: [frames + 1][radii]. */
  readonly radial: readonly (readonly number[])[];
  readonly shown: number;
  /** File of the pictures of the first samples, [shown, frames + 1, size, size, 3] uint8; the samples themselves come last. */
  readonly pictures: string;
}

/** The samples start from the noise that those of a run start from, so that one trajectory ends in each of them. */
export const trajectory = describeStage<TrajectoryParams, TrajectorySummary>()({
  kind: 'trajectory',
  version: 1,
  scope: 'shared', // not of the model's own seed: all models are shown the same noise
  seedStream: 'stage/sample',
  batchSizeKey: 'figures.batchSize',
  inputs: samplingInputs,
  identity(params, digests) {
    const { frames, shown } = params;
    return { ...samplingIdentity(params, digests), frames, shown };
  },
  estimate(params, { costs }) {
    const { network, latentShape, sample, frames, shown } = params;
    const { guided, ...cost } = samplingCost(params, costs);
    const decoder = network ? costs.decoder(network) : nothing;
    const steps = stepsOf(params);
    const { timeSteps, evaluations = timeSteps } = steps;
    const pictures = Math.min(frames, timeSteps) + 1;
    const perImage = cost.flop(evaluations) + pictures * flopOf(decoder);
    const bytes = pictures * imageBytes(latentShape[1] * factorOf(network));
    return {
      network: cost.network,
      amount: { unit: 'images', count: sample.count, ...steps, ...(guided && { guided }) },
      flop: sample.count * perImage,
      diskBytes: shown * bytes,
      scratchBytes: 2 * sample.count * bytes, // in pieces, and joined
      memoryBytes: weightBytes(cost.params + decoder.params),
    };
  },
  summary: ['count', 'timesteps', 'frames', 'weights', 'gates', 'size', 'radial', 'shown', 'pictures'],
});
