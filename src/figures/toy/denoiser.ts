// The network of Example 1: two linear layers with SiLU between them, over the noisy signal and the embedded timestep.
import * as tf from '@tensorflow/tfjs-core';
import { sinusoidalEmbedding } from '../../models/unet/timestep-embedding.ts';
import { silu } from '../../nn/activation.ts';
import { linear } from '../../nn/linear.ts';
import { linearSpec, type Params, type ParamSpec } from '../../nn/params.ts';

export interface DenoiserConfig {
  readonly length: number;
  /** The paper's M. */
  readonly hidden: number;
  readonly embedding: number;
}

export function denoiserSpec({ length, hidden, embedding }: DenoiserConfig): ParamSpec[] {
  return [...linearSpec('in', length + embedding, hidden), ...linearSpec('out', hidden, length)];
}

/** Predicts the noise: signals [B, length] at timesteps [B] -> [B, length]. */
export function denoiser(
  params: Params,
  { embedding }: DenoiserConfig,
  noisy: tf.Tensor,
  timesteps: tf.Tensor,
): tf.Tensor {
  const input = tf.concat([noisy, sinusoidalEmbedding(timesteps, embedding)], 1);
  return linear(params, 'out', silu(linear(params, 'in', input)));
}
