// The moving average of weights that diffusion models are sampled from (latent-diffusion's LitEma).
import * as tf from '@tensorflow/tfjs-core';

/** Decay at update `n`, counted from 1, warmed up as LitEma does: min(decay, (1 + n) / (10 + n)). */
export function emaDecayAt(n: number, decay: number): number {
  return Math.min(decay, (1 + n) / (10 + n));
}

/** average + (1 - decay) (param - average); `rate` is 1 - decay, a scalar. */
export function emaUpdate(average: tf.Tensor, param: tf.Tensor, rate: tf.Tensor): tf.Tensor {
  return tf.add(average, tf.mul(tf.sub(param, average), rate));
}
