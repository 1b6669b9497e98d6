// What a network predicts of a noised latent, and the noise that follows from it. All functions are per sample: x0,
// epsilon, xt and predictions are [B, C, H, W]; signal = sqrt(alphaBar) and noise = sqrt(1 - alphaBar) are [B].
import * as tf from '@tensorflow/tfjs-core';
import { perSample } from './forward-process.ts';

/** `epsilon`, the noise, if absent; `v` = signal epsilon - noise x0 (Salimans and Ho 2022, section 4). */
export type Prediction = 'epsilon' | 'v' | undefined;

/** What the network should have given for x0 noised with epsilon. */
export function predictionTarget(
  prediction: Prediction,
  { x0, epsilon, signal, noise }: Readonly<Record<'x0' | 'epsilon' | 'signal' | 'noise', tf.Tensor>>,
): tf.Tensor {
  if (prediction !== 'v') return epsilon;
  return tf.sub(tf.mul(perSample(signal), epsilon), tf.mul(perSample(noise), x0));
}

/** The noise by what the network gave for xt: itself, or noise xt + signal v. */
export function epsilonOf(
  prediction: Prediction,
  output: tf.Tensor,
  { xt, signal, noise }: Readonly<Record<'xt' | 'signal' | 'noise', tf.Tensor>>,
): tf.Tensor {
  if (prediction !== 'v') return output;
  return tf.add(tf.mul(perSample(noise), xt), tf.mul(perSample(signal), output));
}
