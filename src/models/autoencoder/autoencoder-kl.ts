// The KL-regularised first stage (latent-diffusion's AutoencoderKL): a diagonal Gaussian over latents and a decoder.
import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../nn/conv.ts';
import { convSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import { decoder, decoderSpec, encoder, encoderSpec } from './autoencoder.ts';
import type { AutoencoderConfig } from './autoencoder-config.ts';

/** Parameters, names without 'first_stage_model.'. */
export function autoencoderKlSpec(config: AutoencoderConfig): ParamSpec[] {
  const { zChannels, embedDim } = config;
  return [
    ...encoderSpec(config),
    ...decoderSpec(config),
    ...convSpec('quant_conv', 2 * zChannels, 2 * embedDim, 1),
    ...convSpec('post_quant_conv', embedDim, zChannels, 1),
  ];
}

/** A diagonal Gaussian over latents; all [B, embedDim, h, w]. */
export interface Posterior {
  readonly mean: tf.Tensor;
  /** Clamped to [-30, 20]. */
  readonly logVariance: tf.Tensor;
  readonly std: tf.Tensor;
}

/** images [B, 3, H, W] in [-1, 1] -> mean and log-variance one after the other, [B, 2 embedDim, h, w]. */
export function encodeMoments(params: Params, config: AutoencoderConfig, images: tf.Tensor): tf.Tensor {
  return conv2d(params, 'quant_conv', encoder(params, config, images));
}

/** Moments [B, 2 embedDim, h, w] as a Gaussian. */
export function posterior(moments: tf.Tensor): Posterior {
  const [mean, raw] = tf.split(moments, 2, 1) as [tf.Tensor, tf.Tensor];
  const logVariance = tf.clipByValue(raw, -30, 20);
  return { mean, logVariance, std: tf.exp(tf.mul(logVariance, 0.5)) };
}

/** A draw from the posterior with the given standard-normal noise [B, embedDim, h, w]. */
export function samplePosterior({ mean, std }: Posterior, noise: tf.Tensor): tf.Tensor {
  return tf.add(mean, tf.mul(std, noise));
}

/** KL divergence to N(0, I), summed over a latent: [B]. */
export function klDivergence({ mean, logVariance }: Posterior): tf.Tensor {
  const terms = tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance);
  return tf.mul(tf.sum(terms, [1, 2, 3]), 0.5);
}

/** z [B, embedDim, h, w] (not divided by the scale factor any more) -> images [B, 3, H, W]. */
export function decodeKl(params: Params, config: AutoencoderConfig, z: tf.Tensor): tf.Tensor {
  return decoder(params, config, conv2d(params, 'post_quant_conv', z));
}
