// What an exported model says of itself, so that nothing else is needed to sample it: the metadata of every ONNX file, and
// model.json beside them for runtimes that cannot read metadata.
import { samplingOf } from '../../config/sampling.ts';
import type { Experiment } from '../../config/types.generated.ts';
import { networksOf } from '../../config/networks.ts';
import { scaledLinearSchedule } from '../../diffusion/schedule.ts';
import { sizeOf } from '../../engine/engine.ts';
import { unconditionalIds, type ConditionerConfig } from '../../models/conditioner/conditioner-config.ts';
import { unetSpec } from '../../models/unet/unet.ts';
import { sdxVersion } from '../../runner/sdx-version.ts';
import type { WeightsSet } from '../stored-weights.ts';
import type { Precision } from './weights.ts';

/** Keys are those of the metadata. */
export interface ModelDescription {
  readonly sdx_version: string;
  readonly experiment: string;
  readonly model: string;
  readonly weights: WeightsSet;
  readonly precision: Precision;
  /** Numbers in the UNet. */
  readonly parameters: number;
  readonly prediction_type: 'epsilon' | 'v_prediction';
  /** The noise schedule; alpha_bar is the running product of 1 - beta. */
  readonly betas: readonly number[];
  /** What latents have been multiplied by; absent where that is not known yet. */
  readonly scale_factor?: number;
  readonly latent_shape: readonly number[];
  readonly image_size: number;
  /** How the experiment samples the model. */
  readonly steps: number;
  readonly eta: number;
  /** Whether the last step goes to alpha_bar 1, and not to the first of the schedule. */
  readonly set_alpha_to_one: boolean;
  readonly guidance_scale?: number;
  readonly conditions?: ConditionsDescription;
}

export type ConditionsDescription = { readonly unconditional_ids: readonly number[] } & (
  | { readonly kind: 'class'; readonly classes: number; readonly names?: readonly string[] }
  | { readonly kind: 'text'; readonly tokenizer: 'words' | 'clip'; readonly vocabulary_size: number }
);

export interface DescribedModel {
  readonly config: Experiment;
  /** `teacher`, or the name of a student. */
  readonly name: string;
  readonly weights: WeightsSet;
  readonly precision: Precision;
  readonly scaleFactor?: number | undefined;
}

export function describeModel(model: DescribedModel): ModelDescription {
  const { config, name, weights, precision, scaleFactor } = model;
  const { latentShape, conditioner, teacher, students } = networksOf(config);
  const specs = unetSpec(name === 'teacher' ? teacher : students[name]!);
  const { steps, eta, setAlphaToOne = false, guidanceScale } = samplingOf(config, name);
  return {
    sdx_version: sdxVersion(),
    experiment: config.name,
    model: name,
    weights,
    precision,
    parameters: specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    prediction_type: config.diffusion.prediction === 'v' ? 'v_prediction' : 'epsilon',
    betas: [...scaledLinearSchedule(config.diffusion).betas],
    ...(scaleFactor !== undefined && { scale_factor: scaleFactor }),
    latent_shape: latentShape,
    image_size: config.dataset.size,
    steps,
    eta,
    set_alpha_to_one: setAlphaToOne,
    ...(conditioner && {
      guidance_scale: guidanceScale,
      conditions: describeConditions(config, conditioner),
    }),
  };
}

function describeConditions(
  { conditioning }: Experiment,
  conditioner: ConditionerConfig,
): ConditionsDescription {
  const nothing = { unconditional_ids: unconditionalIds(conditioner) };
  if (conditioner.kind === 'class') return { kind: 'class', classes: conditioner.classes, ...nothing };
  const isClip = conditioning.kind === 'text' && conditioning.encoder.kind === 'clip';
  return {
    kind: 'text',
    tokenizer: isClip ? 'clip' : 'words',
    vocabulary_size: conditioner.encoder.vocabSize,
    ...nothing,
  };
}

/** The description as metadata of a model: words as they are, all else as JSON. */
export function metadataOf(description: ModelDescription): Record<string, string> {
  return Object.fromEntries(
    Object.entries(description).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
