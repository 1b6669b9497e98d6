// The forward process q(x_t | x_0) (paper, Eq. 1-2). The coefficients are host numbers, looked up in float64 for
// the batch's timesteps, and enter compiled functions as inputs.
import * as tf from '@tensorflow/tfjs-core';
import { InvariantError } from '../errors.ts';
import type { Schedule } from './schedule.ts';

/** Per-sample factors of x0 and of the noise: sqrt(alphaBar) and sqrt(1 - alphaBar). */
export interface ForwardCoefficients {
  readonly sqrtAlphaBar: Float32Array;
  readonly sqrtOneMinusAlphaBar: Float32Array;
}

/** Coefficients for timesteps t in [0, T). */
export function forwardCoefficients(schedule: Schedule, timesteps: ArrayLike<number>): ForwardCoefficients {
  const alphaBars = Array.from(timesteps, (t) => {
    const alphaBar = schedule.alphaBar[t];
    if (alphaBar === undefined) throw new InvariantError(`timestep ${t} is outside the noise schedule`);
    return alphaBar;
  });
  return {
    sqrtAlphaBar: Float32Array.from(alphaBars, Math.sqrt),
    sqrtOneMinusAlphaBar: Float32Array.from(alphaBars, (alphaBar) => Math.sqrt(1 - alphaBar)),
  };
}

/** A factor of each sample, [B] -> [B, 1, 1, 1]. */
export function perSample(factor: tf.Tensor): tf.Tensor {
  return tf.reshape(factor, [-1, 1, 1, 1]);
}

/** x_t = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon: x0, epsilon [B, C, H, W], their factors [B] -> [B, C, H, W]. */
export function qSample(
  x0: tf.Tensor,
  epsilon: tf.Tensor,
  sqrtAlphaBar: tf.Tensor,
  sqrtOneMinusAlphaBar: tf.Tensor,
): tf.Tensor {
  return tf.add(tf.mul(perSample(sqrtAlphaBar), x0), tf.mul(perSample(sqrtOneMinusAlphaBar), epsilon));
}
