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
  /** learningRate times both bias corrections at step n = 1, 2, ... and the factors that m and v are kept without. */
  readonly stepSize: T;
  /** epsilon in the scale of sqrt(v). */
  readonly epsilon: T;
  /** 1 - learningRate * weightDecay. */
  readonly shrink: T;
}

/** Names of the scalars, for signatures. */
export const adamwScalarNames = ['stepSize', 'epsilon', 'shrink'] as const;

/** Scalars of step `n`, counted from 1. */
export function adamwScalars(n: number, learningRate: number, settings: AdamWSettings): AdamWScalars<number> {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const meanScale = (1 - beta1) / (1 - beta1 ** n);
  const rootScale = Math.sqrt((1 - beta2) / (1 - beta2 ** n));
  return {
    stepSize: (learningRate * meanScale) / rootScale,
    epsilon: epsilon / rootScale,
    shrink: 1 - learningRate * weightDecay,
  };
}

/**
 * A parameter with its moments, all of one shape; moments start at 0. They are discounted sums: PyTorch's exp_avg and
 * exp_avg_sq are (1 - beta1) m and (1 - beta2) v, and leaving the factors out saves two passes.
 */
export interface AdamWState {
  readonly param: tf.Tensor;
  /** Discounted sum of the gradients. */
  readonly m: tf.Tensor;
  /** Discounted sum of their squares. */
  readonly v: tf.Tensor;
}

/**
 * One update of one tensor, best flat: runtimes are slow on trailing unit axes. `weightDecay` 0 leaves the decay out of
 * the graph.
 */
export function adamwUpdate(
  { param, m, v }: AdamWState,
  gradient: tf.Tensor,
  { stepSize, epsilon, shrink }: AdamWScalars<tf.Tensor>,
  { beta1, beta2, weightDecay }: AdamWSettings,
): AdamWState {
  const sum = tf.add(tf.mul(m, beta1), gradient);
  const squares = tf.add(tf.mul(v, beta2), tf.square(gradient));
  const moved = tf.mul(tf.div(sum, tf.add(tf.sqrt(squares), epsilon)), stepSize);
  const decayed = weightDecay === 0 ? param : tf.mul(param, shrink);
  return { param: tf.sub(decayed, moved), m: sum, v: squares };
}
