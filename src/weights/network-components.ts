// The one list of what checkpoints hold: each network's parameters, how latent-diffusion's names of them start, what
// diffusers call the same, and whether there is a moving average of it. Stages load by it; import and export map by it.
import type { AutoencoderConfig } from '../models/autoencoder/autoencoder-config.ts';
import { firstStageSpec } from '../models/autoencoder/first-stage.ts';
import type { ClipTextConfig } from '../models/clip/clip-text-config.ts';
import { clipTextSpec } from '../models/clip/clip-text.ts';
import { conditionerPrefix, conditionerSpec } from '../models/conditioner/conditioner.ts';
import type { ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../models/unet/unet-config.ts';
import { unetSpec } from '../models/unet/unet.ts';
import type { ParamSpec } from '../nn/params.ts';
import type { DiffusersNetwork } from './diffusers/names.ts';

/** A network within a checkpoint. */
export interface NetworkComponent {
  readonly what: 'unet' | 'autoencoder' | 'text encoder' | 'class embedder';
  /** The parameters, by the names that the store has. */
  readonly specs: readonly ParamSpec[];
  /** What those names start with in a checkpoint of latent-diffusion. */
  readonly prefix: string;
  /** The same network in a diffusers folder; absent for what diffusers do not have. */
  readonly diffusers?: DiffusersNetwork;
  /** Whether a checkpoint may hold its moving average, too: latent-diffusion keeps none of its conditioners. */
  readonly averaged: boolean;
}

/** The noise predictor, of teachers and students alike. */
export function unetComponent(config: UNetConfig): NetworkComponent {
  return {
    what: 'unet',
    specs: unetSpec(config),
    prefix: 'model.diffusion_model.',
    diffusers: { kind: 'unet', config },
    averaged: true,
  };
}

/** The first stage. */
export function autoencoderComponent(config: AutoencoderConfig): NetworkComponent {
  return {
    what: 'autoencoder',
    specs: firstStageSpec(config),
    prefix: 'first_stage_model.',
    diffusers: { kind: 'autoencoder', config },
    averaged: true,
  };
}

/** CLIP's text model by itself: outside the models that use it, and under its own names. */
export function clipComponent(config: ClipTextConfig): NetworkComponent {
  return {
    what: 'text encoder',
    specs: clipTextSpec(config),
    prefix: conditionerPrefix.text,
    diffusers: { kind: 'text', config },
    averaged: false,
  };
}

/** The embedder that belongs to a model: a class table or a text encoder, its names those of whole checkpoints. */
export function embedderComponent(config: ConditionerConfig): NetworkComponent {
  const common = { specs: conditionerSpec(config), prefix: '', averaged: false };
  return config.kind === 'class'
    ? { what: 'class embedder', ...common }
    : {
        what: 'text encoder',
        ...common,
        diffusers: { kind: 'text', config: config.encoder, prefix: conditionerPrefix.text },
      };
}

/** `component` as a checkpoint has it whose names start otherwise. */
export function withPrefix(
  component: NetworkComponent,
  { prefix = component.prefix }: { readonly prefix?: string },
): NetworkComponent {
  return { ...component, prefix };
}
