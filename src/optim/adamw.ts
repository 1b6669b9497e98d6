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
  /** learningRate / (1 - beta1^n) at step n = 1, 2, ... */
  readonly stepSize: T;
  /** 1 / sqrt(1 - beta2^n). */
  readonly rootCorrection: T;
  /** 1 - learningRate * weightDecay. */
  readonly shrink: T;
}

/** Names of the scalars, for signatures. */
export const adamwScalarNames = ['stepSize', 'rootCorrection', 'shrink'] as const;

/** Scalars of step `n`, counted from 1. */
export function adamwScalars(n: number, learningRate: number, settings: AdamWSettings): AdamWScalars<number> {
  return {
    stepSize: learningRate / (1 - settings.beta1 ** n),
    rootCorrection: 1 / Math.sqrt(1 - settings.beta2 ** n),
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

/** One update of one tensor. */
export function adamwUpdate(
  { param, m, v }: AdamWState,
  gradient: tf.Tensor,
  { stepSize, rootCorrection, shrink }: AdamWScalars<tf.Tensor>,
  { beta1, beta2, epsilon }: AdamWSettings,
): AdamWState {
  const mean = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const denominator = tf.add(tf.mul(tf.sqrt(square), rootCorrection), epsilon);
  const moved = tf.mul(tf.div(mean, denominator), stepSize);
  return { param: tf.sub(tf.mul(param, shrink), moved), m: mean, v: square };
}
