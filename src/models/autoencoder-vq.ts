// The vector-quantised first stage (latent-diffusion's VQModelInterface): latents are the encoder's code before
// quantisation; decoding quantises them first.
import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../nn/conv.ts';
import { convSpec, param, type Params, type ParamSpec } from '../nn/params.ts';
import { decoder, decoderSpec, encoder, encoderSpec } from './autoencoder.ts';
import type { AutoencoderConfig } from './autoencoder-config.ts';

export type VqConfig = AutoencoderConfig & { readonly codes: number };

const codebook = 'quantize.embedding.weight';

/** Parameters, names without 'first_stage_model.'. The codebook starts uniform in +-1/codes. */
export function autoencoderVqSpec(config: VqConfig): ParamSpec[] {
  const { zChannels, embedDim, codes } = config;
  return [
    ...encoderSpec(config),
    ...decoderSpec(config),
    { name: codebook, shape: [codes, embedDim], init: { kind: 'uniform', bound: 1 / codes } },
    ...convSpec('quant_conv', zChannels, embedDim, 1),
    ...convSpec('post_quant_conv', embedDim, zChannels, 1),
  ];
}

/** images [B, 3, H, W] in [-1, 1] -> the code before quantisation, [B, embedDim, h, w]. */
export function encodeVq(params: Params, config: VqConfig, images: tf.Tensor): tf.Tensor {
  return conv2d(params, 'quant_conv', encoder(params, config, images));
}

/** Distances to all entries are held for so many numbers at once: 64 MB. */
const distancesAtOnce = 2 ** 24;

/** Nearest codebook entries of z [B, embedDim, h, w]: `indices` [B, h, w] int32, `quantised` like z. */
export function quantise(params: Params, z: tf.Tensor): { indices: tf.Tensor; quantised: tf.Tensor } {
  const entries = param(params, codebook) as tf.Tensor2D; // [K, D]
  const [b, d, h, w] = z.shape as [number, number, number, number];
  const rows: tf.Tensor2D = tf.reshape(tf.transpose(z, [0, 2, 3, 1]), [-1, d]); // [B*h*w, D]
  // |z - e|^2 without |z|^2, which is the same for all entries.
  const lengths = tf.sum(tf.square(entries), 1); // [K]
  const step = Math.max(1, Math.floor(distancesAtOnce / entries.shape[0]));
  const pieces = [];
  for (let start = 0; start < b * h * w; start += step) {
    const piece = tf.slice(rows, [start, 0], [Math.min(step, b * h * w - start), d]);
    pieces.push(tf.argMin(tf.sub(lengths, tf.mul(tf.matMul(piece, entries, false, true), 2)), 1));
  }
  const nearest: tf.Tensor1D = pieces.length === 1 ? (pieces[0] as tf.Tensor1D) : tf.concat(pieces);
  const quantised = tf.transpose(tf.reshape(tf.gather(entries, nearest), [b, h, w, d]), [0, 3, 1, 2]);
  return { indices: tf.reshape(nearest, [b, h, w]), quantised };
}

/** Quantised latents [B, embedDim, h, w] -> images [B, 3, H, W]. */
export function decodeQuantised(params: Params, config: VqConfig, quantised: tf.Tensor): tf.Tensor {
  return decoder(params, config, conv2d(params, 'post_quant_conv', quantised));
}

/** z [B, embedDim, h, w] -> images [B, 3, H, W]: quantises first, as latent-diffusion does when sampling. */
export function decodeVq(params: Params, config: VqConfig, z: tf.Tensor): tf.Tensor {
  return decodeQuantised(params, config, quantise(params, z).quantised);
}
