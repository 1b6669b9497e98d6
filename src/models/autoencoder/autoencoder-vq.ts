// The vector-quantised first stage (latent-diffusion's VQModelInterface): latents are the encoder's code before
// quantisation; decoding quantises them first.
import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../nn/conv.ts';
import { convSpec, param, type Params, type ParamSpec } from '../../nn/params.ts';
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
  const quantised = tf.transpose(tf.reshape(nearestEntries(entries, rows), [b, h, w, d]), [0, 3, 1, 2]);
  return { indices: tf.reshape(nearestIndices(entries, rows), [b, h, w]), quantised };
}

/** Index of the nearest of `entries` [K, D] for each of `rows` [N, D]: [N] int32. */
function nearestIndices(entries: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor1D {
  const [[k, d], [n]] = [entries.shape, rows.shape];
  // |z - e|^2 without |z|^2, which is the same for all entries.
  const lengths = tf.sum(tf.square(entries), 1); // [K]
  const step = Math.max(1, Math.floor(distancesAtOnce / k));
  const pieces = [];
  for (let start = 0; start < n; start += step) {
    const piece: tf.Tensor2D = tf.slice(rows, [start, 0], [Math.min(step, n - start), d]);
    const distances = tf.sub(lengths, tf.mul(tf.matMul(piece, entries, false, true), 2)); // [step, K]
    pieces.push(tf.argMin<tf.Tensor1D>(distances, 1));
  }
  return pieces.length === 1 ? pieces[0]! : tf.concat(pieces);
}

/** The entries themselves, [N, D]; the gradient goes to the entries alone, as the choice has none. */
function nearestEntries(entries: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor {
  const lookup = tf.customGrad((table, wanted, save) => {
    const indices = nearestIndices(table as tf.Tensor2D, wanted as tf.Tensor2D);
    (save as tf.GradSaveFunc)([indices, wanted as tf.Tensor]);
    return {
      value: tf.gather(table as tf.Tensor2D, indices),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.unsortedSegmentSum(dy, saved[0] as tf.Tensor1D, entries.shape[0]),
        tf.zerosLike(saved[1]!),
      ],
    };
  });
  return lookup(entries, rows);
}

/** Quantised latents [B, embedDim, h, w] -> images [B, 3, H, W]. */
export function decodeQuantised(params: Params, config: VqConfig, quantised: tf.Tensor): tf.Tensor {
  return decoder(params, config, conv2d(params, 'post_quant_conv', quantised));
}

/** z [B, embedDim, h, w] -> images [B, 3, H, W]: quantises first, as latent-diffusion does when sampling. */
export function decodeVq(params: Params, config: VqConfig, z: tf.Tensor): tf.Tensor {
  return decodeQuantised(params, config, quantise(params, z).quantised);
}
