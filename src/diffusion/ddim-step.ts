// One step of DDIM within a graph, its place in the schedule given as tensors: for models that leave the program whole.
// ddim.ts is the same on the host, in float64.
import * as tf from '@tensorflow/tfjs-core';
import { perSample } from './forward-process.ts';
import { x0Of } from './prediction.ts';

/** x, epsilon and noise are [B, C, H, W], the others [B]. */
export type DdimStepTensors = Readonly<
  Record<'x' | 'epsilon' | 'noise' | 'alphaBar' | 'alphaBarPrev' | 'eta', tf.Tensor>
>;

/**
 * The latents at the previous timestep, and the x0 that the prediction stands for. previous = sqrt(prev) x0 +
 * sqrt(1 - prev - sigma^2) epsilon + sigma noise (DDIM, Eq. 12); sigma as in `ddimSchedule` (Eq. 16).
 */
export function ddimStepOf({ x, epsilon, noise, alphaBar, alphaBarPrev, eta }: DdimStepTensors): {
  readonly previous: tf.Tensor;
  readonly x0: tf.Tensor;
} {
  const [left, leftPrev] = [tf.sub(1, alphaBar), tf.sub(1, alphaBarPrev)];
  const variance = tf.mul(tf.div(leftPrev, left), tf.sub(1, tf.div(alphaBar, alphaBarPrev)));
  const sigma = tf.mul(eta, tf.sqrt(tf.relu(variance)));
  const direction = tf.sqrt(tf.relu(tf.sub(leftPrev, tf.square(sigma))));
  const x0 = x0Of(epsilon, {
    xt: x,
    sqrtAlphaBar: tf.sqrt(alphaBar),
    sqrtOneMinusAlphaBar: tf.sqrt(left),
  });
  const previous = tf.addN([
    tf.mul(perSample(tf.sqrt(alphaBarPrev)), x0),
    tf.mul(perSample(direction), epsilon),
    tf.mul(perSample(sigma), noise),
  ]);
  return { previous, x0 };
}
