// AdamW (Loshchilov & Hutter 2019) as torch.optim.AdamW computes it: decoupled weight decay, bias-corrected moments.
// What changes from step to step is computed on the host in float64 and enters the graph as three scalars.
import * as tf from '@tensorflow/tfjs-core';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** The scalars of one step; as numbers on the host, as scalar tensors in the graph. */
export interface AdamWScalars<T> {
  /** learningRate sqrt(1 - beta2^n) / (1 - beta1^n) at step n = 1, 2, ... */
  readonly stepSize: T;
  /** epsilon sqrt(1 - beta2^n): the correction of the second moment, moved to where it costs nothing. */
  readonly epsilon: T;
  /** 1 - learningRate * weightDecay. */
  readonly shrink: T;
}

/** Names of the scalars, for signatures. */
export const adamwScalarNames = ['stepSize', 'epsilon', 'shrink'] as const;

/** Scalars of step `n`, counted from 1. */
export function adamwScalars(n: number, learningRate: number, settings: AdamWSettings): AdamWScalars<number> {
  const rootCorrection = Math.sqrt(1 - settings.beta2 ** n);
  return {
    stepSize: (learningRate * rootCorrection) / (1 - settings.beta1 ** n),
    epsilon: settings.epsilon * rootCorrection,
    shrink: 1 - learningRate * settings.weightDecay,
  };
}

/** A parameter with its moments, all of one shape; moments start at 0. */
export interface AdamWState {
  readonly param: tf.Tensor;
  /** Running mean of the gradient. */
  readonly m: tf.Tensor;
  /** Running mean of its square. */
  readonly v: tf.Tensor;
}

/**
 * One update of one tensor, best flat: runtimes are slow on trailing unit axes. `weightDecay` 0 leaves the decay out of
 * the graph. The moments are PyTorch's exp_avg and exp_avg_sq.
 */
export function adamwUpdate(
  { param, m, v }: AdamWState,
  gradient: tf.Tensor,
  { stepSize, epsilon, shrink }: AdamWScalars<tf.Tensor>,
  { beta1, beta2, weightDecay }: AdamWSettings,
): AdamWState {
  const mean = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const moved = tf.mul(tf.div(mean, tf.add(tf.sqrt(square), epsilon)), stepSize);
  const decayed = weightDecay === 0 ? param : tf.mul(param, shrink);
  return { param: tf.sub(decayed, moved), m: mean, v: square };
}
