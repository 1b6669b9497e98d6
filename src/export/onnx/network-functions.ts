// What a model does, as functions with the names that ONNX files give their inputs and outputs.
import * as tf from '@tensorflow/tfjs-core';
import { ddimStepOf } from '../../diffusion/ddim-step.ts';
import { perSample } from '../../diffusion/forward-process.ts';
import { doubled, guide } from '../../diffusion/guidance.ts';
import { epsilonOf, type Prediction } from '../../diffusion/prediction.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import { decodeLatents, firstStageSpec } from '../../models/autoencoder/first-stage.ts';
import { idsPerSample, type ConditionerConfig } from '../../models/conditioner/conditioner-config.ts';
import { contextOf, conditionerSpec } from '../../models/conditioner/conditioner.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unet, unetSpec } from '../../models/unet/unet.ts';
import type { BatchFunction, SampleSpec } from './open-graph.ts';

const perSampleNumber: SampleSpec = { shape: [] };

export interface DenoiserSettings {
  readonly unet: UNetConfig;
  /** Length of the context of conditional UNets. */
  readonly contextTokens?: number | undefined;
}

/** `sample`, `timestep` and, of conditional UNets, `encoder_hidden_states` -> `out_sample`: what the UNet predicts. */
export function unetFunction({ unet: config, contextTokens }: DenoiserSettings): BatchFunction {
  const context = contextSpec(config, contextTokens);
  return {
    inputs: {
      sample: latentSpec(config),
      timestep: perSampleNumber,
      ...(context && { encoder_hidden_states: context }),
    },
    weights: unetSpec(config),
    compute: (weights, { sample, timestep, encoder_hidden_states: told }) => ({
      out_sample: unet(weights, config, sample!, timestep!, told && { context: told }).output,
    }),
  };
}

export interface StepSettings extends DenoiserSettings {
  readonly prediction: Prediction;
}

/**
 * A whole step of DDIM: `sample` at `timestep`, where the schedule stands and goes (`alpha_bar`, `alpha_bar_prev`), `eta` and
 * standard-normal `noise` -> `prev_sample`, and `pred_original_sample`, the x0 it foresees. Conditional models are guided:
 * from `unconditional_hidden_states` to `encoder_hidden_states`, by `guidance_scale`.
 */
export function stepFunction({ unet: config, contextTokens, prediction }: StepSettings): BatchFunction {
  const context = contextSpec(config, contextTokens);
  return {
    inputs: {
      sample: latentSpec(config),
      timestep: perSampleNumber,
      alpha_bar: perSampleNumber,
      alpha_bar_prev: perSampleNumber,
      eta: perSampleNumber,
      noise: latentSpec(config),
      ...(context && {
        encoder_hidden_states: context,
        unconditional_hidden_states: context,
        guidance_scale: perSampleNumber,
      }),
    },
    weights: unetSpec(config),
    compute: (weights, inputs) => {
      const { sample, timestep, alpha_bar: alphaBar, noise, eta } = inputs;
      const { encoder_hidden_states: told, unconditional_hidden_states: untold } = inputs;
      const output =
        told && untold
          ? guide(
              unet(weights, config, doubled(sample!), doubled(timestep!), {
                context: tf.concat([untold, told], 0),
              }).output,
              perSample(inputs['guidance_scale']!),
            )
          : unet(weights, config, sample!, timestep!).output;
      const epsilon = epsilonOf(prediction, output, {
        xt: sample!,
        sqrtAlphaBar: tf.sqrt(alphaBar!),
        sqrtOneMinusAlphaBar: tf.sqrt(tf.sub(1, alphaBar!)),
      });
      const { previous, x0 } = ddimStepOf({
        x: sample!,
        epsilon,
        noise: noise!,
        alphaBar: alphaBar!,
        alphaBarPrev: inputs['alpha_bar_prev']!,
        eta: eta!,
      });
      return { prev_sample: previous, pred_original_sample: x0 };
    },
  };
}

export interface DecoderSettings {
  /** Absent where latents are pixels. */
  readonly network?: AutoencoderConfig | undefined;
  readonly latentShape: readonly number[];
  /** What latents have been multiplied by. */
  readonly scaleFactor: number;
}

/** `latents` as DDIM leaves them -> `images` [batch, 3, size, size] in [-1, 1], or nearly so. */
export function decoderFunction({ network, latentShape, scaleFactor }: DecoderSettings): BatchFunction {
  return {
    inputs: { latents: { shape: latentShape } },
    weights: network ? firstStageSpec(network) : [],
    compute: (weights, { latents }) => {
      const z = tf.mul(latents!, 1 / scaleFactor);
      return { images: network ? decodeLatents(weights, network, z) : z };
    },
  };
}

/** `input_ids`, a class or the tokens of a caption -> `encoder_hidden_states`, the context that UNets take. */
export function conditionerFunction(config: ConditionerConfig): BatchFunction {
  return {
    inputs: { input_ids: { shape: [idsPerSample(config)], dtype: 'int32' } },
    weights: conditionerSpec(config),
    compute: (weights, { input_ids: ids }) => ({ encoder_hidden_states: contextOf(weights, config, ids!) }),
  };
}

function latentSpec({ inChannels, imageSize }: UNetConfig): SampleSpec {
  return { shape: [inChannels, imageSize, imageSize] };
}

function contextSpec({ spatialTransformer }: UNetConfig, contextTokens = 1): SampleSpec | undefined {
  const width = spatialTransformer?.contextDim;
  return width === undefined ? undefined : { shape: [contextTokens, width] };
}
