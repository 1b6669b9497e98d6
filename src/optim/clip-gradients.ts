// Clipping by global norm, as torch.nn.utils.clip_grad_norm_ does.
import * as tf from '@tensorflow/tfjs-core';

/** Euclidean norm over all tensors, a scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(gradients.map((gradient) => tf.sum(tf.square(gradient))).reduce((sum, x) => tf.add(sum, x)));
}

/** The gradients times min(1, maxNorm / (norm + 1e-6)). */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  const factor = tf.minimum(tf.div(maxNorm, tf.add(globalNorm(gradients), 1e-6)), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
