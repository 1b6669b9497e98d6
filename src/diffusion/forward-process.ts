// The forward process q(x_t | x_0) (paper, Eq. 1-2). The coefficients are host numbers, looked up in float64 for
// the batch's timesteps, and enter compiled functions as inputs.
import * as tf from '@tensorflow/tfjs-core';
import { InvariantError } from '../errors.ts';
import type { Schedule } from './schedule.ts';

/** Per-sample factors of x0 and of the noise: sqrt(alphaBar) and sqrt(1 - alphaBar). */
export interface ForwardCoefficients {
  readonly signal: Float32Array;
  readonly noise: Float32Array;
}

/** Coefficients for timesteps t in [0, T). */
export function forwardCoefficients(schedule: Schedule, timesteps: ArrayLike<number>): ForwardCoefficients {
  const alphaBars = Array.from(timesteps, (t) => {
    const alphaBar = schedule.alphaBar[t];
    if (alphaBar === undefined) throw new InvariantError(`timestep ${t} is outside the noise schedule`);
    return alphaBar;
  });
  return {
    signal: Float32Array.from(alphaBars, Math.sqrt),
    noise: Float32Array.from(alphaBars, (alphaBar) => Math.sqrt(1 - alphaBar)),
  };
}

/** A factor of each sample, [B] -> [B, 1, 1, 1]. */
export function perSample(factor: tf.Tensor): tf.Tensor {
  return tf.reshape(factor, [-1, 1, 1, 1]);
}

/** x_t = signal x0 + noise epsilon: x0, epsilon [B, C, H, W], signal, noise [B] -> [B, C, H, W]. */
export function qSample(x0: tf.Tensor, epsilon: tf.Tensor, signal: tf.Tensor, noise: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(perSample(signal), x0), tf.mul(perSample(noise), epsilon));
}
