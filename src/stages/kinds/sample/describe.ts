// Samples and decodes images of one model.
import {
  functionEvaluations,
  samplers,
  usualSampler,
  type SamplerName,
} from '../../../diffusion/samplers.ts';
import { ddimTimesteps } from '../../../diffusion/schedule.ts';
import type { Part } from '../../../datasets/parts.ts';
import type { Experiment } from '../../../config/types.generated.ts';
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import type { UNetConfig } from '../../../models/unet/unet-config.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import {
  conditionCost,
  factorOf,
  flopOf,
  imageBytes,
  isFrozen,
  nothing,
  tokensOf,
  weightBytes,
  type CostModel,
} from '../../describing/estimate.ts';
import { conditioningIdentity, unetIdentity, type ContentDigests } from '../../describing/identity.ts';
import type { ConditioningParams, DiffusionParams, LatentShape, ToldSamples } from '../../params.ts';
import { autoencoder } from '../autoencoder/describe.ts';
import { dataset } from '../dataset/describe.ts';
import { distill } from '../distill/describe.ts';
import { latents } from '../latents/describe.ts';
import { teacher } from '../teacher/describe.ts';

export interface SampleParams {
  /** `teacher`, or the student's name. */
  readonly model: string;
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly network?: AutoencoderConfig;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  readonly sample: Experiment['sample'];
  /** The part of the images whose captions are sampled for; held-out if absent. */
  readonly captionsOf?: Part;
  /** Absent in runs. */
  readonly told?: ToldSamples;
}

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

/** The seed by which captions are drawn; undefined where they come in order, or where models are told none. */
export function promptSeedOf({
  conditioning,
  sample,
}: Pick<SampleParams, 'conditioning' | 'sample'>): number | undefined {
  return conditioning?.network.kind === 'text' ? sample.promptSeed : undefined;
}

/** The sampler of these settings. */
export function samplerOf({ sampler }: Pick<SampleParams['sample'], 'sampler'>): SamplerName {
  return sampler ?? usualSampler;
}

/** Whether these settings, and not the sampler by itself, let the last step end at x0. */
export function endsAtOne({
  sampler,
  setAlphaToOne = false,
}: Pick<SampleParams['sample'], 'sampler' | 'setAlphaToOne'>): boolean {
  return setAlphaToOne && !samplers[samplerOf({ ...(sampler && { sampler }) })].endsAtX0;
}

/** The time steps of one image, and how often its noise is predicted in them where that is not once in each. */
export function stepsOf({ diffusion, sample }: Pick<SampleParams, 'diffusion' | 'sample'>) {
  const timeSteps = ddimTimesteps(diffusion.timesteps, sample.steps).length;
  const evaluations = functionEvaluations(samplerOf(sample), timeSteps);
  return { timeSteps, ...(evaluations !== timeSteps && { evaluations }) };
}

/** What every stage that draws samples reads. */
export const samplingInputs = {
  model: required(teacher, distill),
  latents: required(latents), // for their scale
  autoencoder: optional(autoencoder),
  dataset: optional(dataset), // for its conditions
};

/** Whether the network is asked twice for a prediction, with its condition and without. */
function isGuided({ conditioning, sample }: Pick<SampleParams, 'conditioning' | 'sample'>): boolean {
  return conditioning !== undefined && sample.guidanceScale !== 1;
}

/** What drawing samples costs, for every stage that draws them: decoding them comes on top. */
export function samplingCost(
  params: Pick<SampleParams, 'unet' | 'conditioning' | 'sample'>,
  costs: CostModel,
) {
  const { unet, conditioning } = params;
  const network = costs.unet(unet, tokensOf(conditioning));
  const told = conditionCost(costs, conditioning);
  const guided = isGuided(params);
  // Frozen encoders are asked once, others are part of the model.
  const [before, within] = isFrozen(conditioning) ? [flopOf(told), 0] : [0, flopOf(told)];
  return {
    network,
    /** Of all that is loaded. */
    params: network.params + told.params,
    ...(guided && { guided }),
    /** Floating-point operations of one sample whose noise is predicted so often, guidance's predictions apart. */
    flop: (evaluations: number): number =>
      before + evaluations * (guided ? 2 : 1) * (flopOf(network) + within),
  };
}

/** What decides the bytes of samples, for every stage that draws them. */
export function samplingIdentity(
  { unet, conditioning, network, latentShape, diffusion, sample, captionsOf, told }: SampleParams,
  digests: ContentDigests,
) {
  const { steps, eta, count, useEma, guidanceScale } = sample;
  const sampler = samplerOf(sample);
  const setAlphaToOne = endsAtOne(sample) || undefined; // as usual is the same, said or left out
  const promptSeed = promptSeedOf({ sample, ...(conditioning && { conditioning }) });
  return {
    unet: unetIdentity(unet),
    conditioning: conditioningIdentity(conditioning, digests),
    network,
    latentShape,
    diffusion,
    sample: {
      sampler: sampler === usualSampler ? undefined : sampler, // as usual is the same, said or left out
      ...{
        steps,
        eta,
        setAlphaToOne,
        count,
        useEma,
        guidanceScale: conditioning && guidanceScale,
        promptSeed,
      },
    },
    captionsOf,
    prompts: told?.captions,
    classes: told?.classes,
    towards: told?.towards,
  };
}

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
