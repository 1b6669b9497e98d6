// What a network predicts of a noised latent, and the noise that follows from it. All functions are per sample: x0,
// epsilon, xt and predictions are [B, C, H, W]; the factors of x0 and of the noise are [B].
import * as tf from '@tensorflow/tfjs-core';
import { perSample } from './forward-process.ts';

/** `epsilon`, the noise, if absent; `v` = sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x0 (Salimans and Ho 2022, section 4). */
export type Prediction = 'epsilon' | 'v' | undefined;

/** What the network should have given for x0 noised with epsilon. */
export function predictionTarget(
  prediction: Prediction,
  {
    x0,
    epsilon,
    sqrtAlphaBar,
    sqrtOneMinusAlphaBar,
  }: Readonly<Record<'x0' | 'epsilon' | 'sqrtAlphaBar' | 'sqrtOneMinusAlphaBar', tf.Tensor>>,
): tf.Tensor {
  if (prediction !== 'v') return epsilon;
  return tf.sub(tf.mul(perSample(sqrtAlphaBar), epsilon), tf.mul(perSample(sqrtOneMinusAlphaBar), x0));
}

/** A noised latent, and how much there is in it of x0 and of the noise. */
type Noised = Readonly<Record<'xt' | 'sqrtAlphaBar' | 'sqrtOneMinusAlphaBar', tf.Tensor>>;

/** The x0 that a predicted noise stands for: (xt - sqrt(1 - alphaBar) epsilon) / sqrt(alphaBar). */
export function x0Of(epsilon: tf.Tensor, { xt, sqrtAlphaBar, sqrtOneMinusAlphaBar }: Noised): tf.Tensor {
  return tf.div(tf.sub(xt, tf.mul(perSample(sqrtOneMinusAlphaBar), epsilon)), perSample(sqrtAlphaBar));
}

/** The noise by what the network gave for xt: itself, or sqrt(1 - alphaBar) xt + sqrt(alphaBar) v. */
export function epsilonOf(
  prediction: Prediction,
  output: tf.Tensor,
  { xt, sqrtAlphaBar, sqrtOneMinusAlphaBar }: Noised,
): tf.Tensor {
  if (prediction !== 'v') return output;
  return tf.add(tf.mul(perSample(sqrtOneMinusAlphaBar), xt), tf.mul(perSample(sqrtAlphaBar), output));
}
