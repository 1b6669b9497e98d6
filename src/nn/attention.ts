// Attention.
import * as tf from '@tensorflow/tfjs-core';

/**
 * softmax(q k^T * scale + bias) v over batched heads: q [N, T, D], k [N, S, D], v [N, S, D] -> [N, T, D].
 * `bias` [T, S] is added to the logits (CLIP's causal mask).
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  options: { scale: number; bias?: tf.Tensor },
): tf.Tensor {
  const logits = tf.mul(tf.matMul(q, k, false, true), options.scale); // [N, T, S]
  const weights = tf.softmax(options.bias === undefined ? logits : tf.add(logits, options.bias));
  return tf.matMul(weights, v);
}
