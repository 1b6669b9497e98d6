// What sampling is told, and what of it decides the bytes of samples. Pure, for descriptions of stages.
import { functionEvaluations, samplers, usualSampler, type SamplerName } from '../../diffusion/samplers.ts';
import { ddimTimesteps } from '../../diffusion/schedule.ts';
import type { Part } from '../../datasets/parts.ts';
import type { Experiment } from '../../config/types.generated.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { conditionCost, flopOf, isFrozen, tokensOf, type CostModel } from './estimate.ts';
import { conditioningIdentity, unetIdentity, type ContentDigests } from './identity.ts';
import type { ConditioningParams, DiffusionParams, LatentShape, ToldSamples } from '../params.ts';

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
