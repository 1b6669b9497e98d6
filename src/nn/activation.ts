// Pointwise nonlinearities.
import * as tf from '@tensorflow/tfjs-core';

/** SiLU, x * sigmoid(x); any shape. */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** Exact GELU, x * (1 + erf(x / sqrt 2)) / 2; any shape. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** CLIP's x * sigmoid(1.702 x); any shape. */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}
