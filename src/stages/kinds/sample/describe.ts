// Samples and decodes images of one model.
import { describeStage, optional, required } from '../../describing/description.ts';
import { factorOf, flopOf, imageBytes, nothing, weightBytes } from '../../describing/estimate.ts';
import {
  samplingCost,
  samplingIdentity,
  stepsOf,
  type SampleParams,
} from '../../describing/sampling-settings.ts';
import { autoencoder } from '../autoencoder/describe.ts';
import { dataset } from '../dataset/describe.ts';
import { distill } from '../distill/describe.ts';
import { latents } from '../latents/describe.ts';
import { quantize } from '../quantize/describe.ts';
import { teacher } from '../teacher/describe.ts';

export interface SampleSummary {
  readonly count: number;
  /** PNG of the first samples. */
  readonly grid: string;
  /** Speed of this process; absent where others have drawn all samples. */
  readonly samplesPerSecond?: number;
  readonly sampler: {
    readonly name: string;
    readonly steps: number;
    /** Null where the sampler takes none. */
    readonly eta: number | null;
    /** Network evaluations of each image, guidance's apart; absent where there is one a step. */
    readonly evaluations?: number;
    readonly guidanceScale: number | null;
    readonly weights: 'ema' | 'raw';
    /** How captions were drawn, and from how many images; absent where they come in order, or there are none. */
    readonly prompts?: { readonly seed: number; readonly images: number };
  };
}

/** What every stage that draws samples reads. */
export const samplingInputs = {
  model: required(teacher, distill),
  latents: required(latents), // for their scale
  autoencoder: optional(autoencoder),
  dataset: optional(dataset), // for its conditions
  quantized: optional(quantize), // where the network computes on integers
};

export const sample = describeStage<SampleParams, SampleSummary>()({
  kind: 'sample',
  version: 1,
  scope: 'model',
  seedStream: 'stage/sample',
  batchSizeKey: 'sample.batchSize',
  inputs: samplingInputs,
  identity: samplingIdentity,
  estimate(params, { costs }) {
    const { network, latentShape, sample } = params;
    const { guided, ...cost } = samplingCost(params, costs);
    const decoder = network ? costs.decoder(network) : nothing;
    const steps = stepsOf(params);
    const { evaluations = steps.timeSteps } = steps;
    const perImage = cost.flop(evaluations) + flopOf(decoder);
    const bytes = sample.count * imageBytes(latentShape[1] * factorOf(network));
    return {
      network: cost.network,
      amount: { unit: 'images', count: sample.count, ...steps, ...(guided && { guided }) },
      flop: sample.count * perImage,
      diskBytes: bytes,
      scratchBytes: bytes,
      memoryBytes: weightBytes(cost.params + decoder.params),
    };
  },
  summary: ['count', 'grid', 'sampler'],
});
