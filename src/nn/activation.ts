// Pointwise nonlinearities.
import * as tf from '@tensorflow/tfjs-core';

/** SiLU, x * sigmoid(x); any shape. */
export const silu: (x: tf.Tensor) => tf.Tensor = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const sigmoid = tf.sigmoid(x);
  const y = tf.mul(x, sigmoid);
  (save as tf.GradSaveFunc)([sigmoid, y]);
  return {
    value: y,
    // y' = sigmoid + y (1 - sigmoid): both are at hand.
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [s, out] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(dy, tf.add(s, tf.sub(out, tf.mul(out, s))));
    },
  };
});

/** Exact GELU, x * (1 + erf(x / sqrt 2)) / 2; any shape. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** CLIP's x * sigmoid(1.702 x); any shape. */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}
