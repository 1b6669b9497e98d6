// The networks of an experiment by the names that commands give them, as parts of a checkpoint: parameter specs, how
// latent-diffusion's names start, and what diffusers call the same.
import type { DiffusersNetwork } from '../weights/diffusers/names.ts';
import { networksOf } from '../config/networks.ts';
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';
import { clipTextSpec } from '../models/clip/clip-text.ts';
import { conditionerPrefix, conditionerSpec } from '../models/conditioner/conditioner.ts';
import { idsPerSample } from '../models/conditioner/conditioner-config.ts';
import { firstStageSpec } from '../models/autoencoder/first-stage.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unetSpec } from '../models/unet/unet.ts';
import type { ParamSpec } from '../nn/params.ts';

export interface NetworkPart {
  readonly what: 'unet' | 'autoencoder' | 'text encoder' | 'class embedder';
  /** Names as the store has them. */
  readonly specs: readonly ParamSpec[];
  /** What those names start with in a checkpoint of latent-diffusion. */
  readonly prefix: string;
  readonly diffusers?: DiffusersNetwork;
}

export interface ExperimentNetwork {
  readonly name: string;
  readonly kind: 'autoencoder' | 'unet' | 'text encoder';
  readonly parts: readonly NetworkPart[];
  /** Of UNets. */
  readonly unet?: UNetConfig;
  /** Length of the context of conditional UNets. */
  readonly contextTokens?: number;
}

/** Names that `networkOf` takes, in the order of the pipeline. */
function networkNames(config: Experiment): string[] {
  const { autoencoder, students } = networksOf(config);
  return [
    ...(autoencoder ? ['autoencoder'] : []),
    'teacher',
    ...Object.keys(students),
    ...(usesClip(config) ? ['text-encoder'] : []),
  ];
}

/** The network `name` of `config`. Throws UserError('usage') where there is none. */
export function networkOf(config: Experiment, name: string): ExperimentNetwork {
  const { autoencoder, teacher, students, conditioner } = networksOf(config);
  if (name === 'autoencoder' && autoencoder)
    return {
      name,
      kind: 'autoencoder',
      parts: [
        {
          what: 'autoencoder',
          specs: firstStageSpec(autoencoder),
          prefix: 'first_stage_model.',
          diffusers: { kind: 'autoencoder', config: autoencoder },
        },
      ],
    };
  if (name === 'text-encoder' && usesClip(config) && conditioner?.kind === 'text')
    return {
      name,
      kind: 'text encoder',
      parts: [
        {
          what: 'text encoder',
          specs: clipTextSpec(conditioner.encoder),
          prefix: conditionerPrefix.text,
          diffusers: { kind: 'text', config: conditioner.encoder },
        },
      ],
    };
  const unet = name === 'teacher' ? teacher : Object.hasOwn(students, name) ? students[name] : undefined;
  if (unet === undefined)
    throw new UserError('usage', `the experiment has no network ${name}`, {
      hint: `it has ${networkNames(config).join(', ')}`,
    });
  return {
    name,
    kind: 'unet',
    unet,
    ...(conditioner && { contextTokens: idsPerSample(conditioner) }),
    parts: [
      {
        what: 'unet',
        specs: unetSpec(unet),
        prefix: 'model.diffusion_model.',
        diffusers: { kind: 'unet', config: unet },
      },
      ...(conditioner === undefined || usesClip(config) ? [] : [embedder(conditioner)]),
    ],
  };
}

function embedder(conditioner: NonNullable<ReturnType<typeof networksOf>['conditioner']>): NetworkPart {
  const specs = conditionerSpec(conditioner);
  return conditioner.kind === 'class'
    ? { what: 'class embedder', specs, prefix: '' }
    : {
        what: 'text encoder',
        specs,
        prefix: '',
        diffusers: { kind: 'text', config: conditioner.encoder, prefix: conditionerPrefix.text },
      };
}

/** Whether captions go through CLIP, whose weights have a file of their own. */
function usesClip({ conditioning }: Experiment): boolean {
  return conditioning.kind === 'text' && conditioning.encoder.kind === 'clip';
}
