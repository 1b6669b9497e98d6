// What first stages are trained on here: latent-diffusion's reconstruction and regularisation terms, divided by the
// pixels of an image, without its perceptual and adversarial terms.
import * as tf from '@tensorflow/tfjs-core';
import type { Params } from '../../nn/params.ts';
import { stopGradient } from '../../nn/stop-gradient.ts';
import type { AutoencoderConfig } from './autoencoder-config.ts';
import { decodeKl, encodeMoments, klDivergence, posterior, samplePosterior } from './autoencoder-kl.ts';
import { decodeQuantised, encodeVq, quantise, type VqConfig } from './autoencoder-vq.ts';

export interface FirstStageWeights {
  /** Weight of the KL divergence from N(0, I) (latent-diffusion: 1e-6). */
  readonly klWeight: number;
  /** Weight of the distance between code and codebook (VQ-VAE: 1). */
  readonly codebookWeight: number;
}

/** Share of the encoder in the distance to the codebook (van den Oord et al. 2017, Eq. 3). */
const commitment = 0.25;

/** Scalars: the loss, its reconstruction term `l1` = mean |x - D(z)|, and its regularisation. */
export type FirstStageTerms = {
  readonly loss: tf.Tensor;
  readonly l1: tf.Tensor;
  readonly regularisation: tf.Tensor;
};

/** Images [B, 3, H, W] in [-1, 1]; `noise` [B, C, h, w] standard normal, which KL autoencoders sample with. */
export function firstStageLoss(
  params: Params,
  config: AutoencoderConfig,
  { images, noise }: { readonly images: tf.Tensor; readonly noise: tf.Tensor },
  weights: FirstStageWeights,
): FirstStageTerms {
  const vq = config.codes === undefined ? undefined : ({ ...config, codes: config.codes } satisfies VqConfig);
  const { decoded, regularisation, weight } = vq
    ? { ...vqTerms(params, vq, images), weight: weights.codebookWeight }
    : { ...klTerms(params, config, images, noise), weight: weights.klWeight };
  const l1 = tf.mean(tf.abs(tf.sub(images, decoded)));
  return { loss: tf.add(l1, tf.mul(regularisation, weight)), l1, regularisation };
}

function klTerms(
  params: Params,
  config: AutoencoderConfig,
  images: tf.Tensor,
  noise: tf.Tensor,
): { decoded: tf.Tensor; regularisation: tf.Tensor } {
  const gaussian = posterior(encodeMoments(params, config, images));
  const pixels = images.size / (images as tf.Tensor4D).shape[0];
  return {
    decoded: decodeKl(params, config, samplePosterior(gaussian, noise)),
    regularisation: tf.div(tf.mean(klDivergence(gaussian)), pixels),
  };
}

/** Straight-through: the decoder sees the nearest entries, the encoder their gradient. */
function vqTerms(
  params: Params,
  config: VqConfig,
  images: tf.Tensor,
): { decoded: tf.Tensor; regularisation: tf.Tensor } {
  const code = encodeVq(params, config, images);
  const { quantised } = quantise(params, code);
  const passed = tf.add(code, stopGradient(tf.sub(quantised, code)));
  const toEncoder = tf.mean(tf.squaredDifference(code, stopGradient(quantised)));
  const toCodebook = tf.mean(tf.squaredDifference(stopGradient(code), quantised));
  return {
    decoded: decodeQuantised(params, config, passed),
    regularisation: tf.add(toCodebook, tf.mul(toEncoder, commitment)),
  };
}
