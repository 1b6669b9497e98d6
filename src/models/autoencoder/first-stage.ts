// Either kind of first stage behind one set of functions: what turns images into latents and back.
import type * as tf from '@tensorflow/tfjs-core';
import type { Params, ParamSpec } from '../../nn/params.ts';
import type { AutoencoderConfig } from './autoencoder-config.ts';
import { autoencoderKlSpec, decodeKl, encodeMoments, posterior } from './autoencoder-kl.ts';
import { autoencoderVqSpec, decodeVq, encodeVq, type VqConfig } from './autoencoder-vq.ts';

function isVq(config: AutoencoderConfig): config is VqConfig {
  return config.codes !== undefined;
}

/** Parameters, names without 'first_stage_model.'. */
export function firstStageSpec(config: AutoencoderConfig): ParamSpec[] {
  return isVq(config) ? autoencoderVqSpec(config) : autoencoderKlSpec(config);
}

/** Latents of images [B, 3, H, W] in [-1, 1], unscaled: `mean` [B, C, h, w], and `std` where they are random (KL). */
export function encodeImages(
  params: Params,
  config: AutoencoderConfig,
  images: tf.Tensor,
): { mean: tf.Tensor; std?: tf.Tensor } {
  return isVq(config)
    ? { mean: encodeVq(params, config, images) }
    : posterior(encodeMoments(params, config, images));
}

/** Latents [B, C, h, w], unscaled -> images [B, 3, H, W] in about [-1, 1]. */
export function decodeLatents(params: Params, config: AutoencoderConfig, z: tf.Tensor): tf.Tensor {
  return isVq(config) ? decodeVq(params, config, z) : decodeKl(params, config, z);
}
