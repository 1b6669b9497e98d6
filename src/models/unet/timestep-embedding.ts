// The sinusoidal embedding of diffusion timesteps and the two linear layers behind it.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { linear } from '../../nn/linear.ts';
import { linearSpec, type Params, type ParamSpec } from '../../nn/params.ts';

/**
 * timesteps [B] (float32 or int32) -> [B, width] float32: cosines then sines of t * 10000^(-i / half), a zero
 * column last when `width` is odd (latent-diffusion, timestep_embedding).
 */
export function sinusoidalEmbedding(timesteps: tf.Tensor, width: number): tf.Tensor {
  const half = Math.floor(width / 2);
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / half));
  const t = tf.reshape(tf.cast(timesteps, 'float32'), [-1, 1]);
  const angles = tf.mul(t, tf.tensor2d(frequencies, [1, half])); // [B, half]
  const waves = [tf.cos(angles), tf.sin(angles)];
  if (width % 2 === 1) waves.push(tf.zeros([timesteps.size, 1]));
  return tf.concat(waves, 1);
}

/** Of the columns of an embedding of `width` those whose frequencies are nearest to those of a narrower one. */
export function nearestWaves(width: number, narrower: number): number[] {
  const [half, few] = [Math.floor(width / 2), Math.floor(narrower / 2)];
  const frequencies = Array.from({ length: few }, (_, i) => Math.round((i * half) / few));
  const zero = narrower % 2 === 1 ? [width - 1] : [];
  return [...frequencies, ...frequencies.map((i) => half + i), ...zero];
}

/** The layers `<name>.0` and `<name>.2` of the timestep embedding. */
export function timeEmbeddingSpec(name: string, modelChannels: number, width: number): ParamSpec[] {
  return [...linearSpec(`${name}.0`, modelChannels, width), ...linearSpec(`${name}.2`, width, width)];
}

/** timesteps [B] -> [B, width]. */
export function timeEmbedding(
  params: Params,
  name: string,
  timesteps: tf.Tensor,
  modelChannels: number,
): tf.Tensor {
  const waves = sinusoidalEmbedding(timesteps, modelChannels);
  return linear(params, `${name}.2`, silu(linear(params, `${name}.0`, waves)));
}
