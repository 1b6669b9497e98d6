// Attention, with the gradient that needs the least passes over the weights.
import * as tf from '@tensorflow/tfjs-core';

/**
 * softmax(q k^T * scale + bias) v over batched heads: q [N, T, D], k [N, S, D], v [N, S, D] -> [N, D, T], channels
 * first: a product writes either order, and images want this one. `bias` [T, S] is added to the logits (CLIP's causal
 * mask); it is a constant, no gradient reaches it.
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { scale, bias }: { scale: number; bias?: tf.Tensor },
): tf.Tensor {
  const withGradient = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [query, key, value] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const logits = tf.mul(tf.matMul(query, key, false, true), scale); // [N, T, S]
    const weights = tf.softmax(bias === undefined ? logits : tf.add(logits, bias));
    const mixed = tf.matMul(value, weights, true, true); // [N, D, T]
    save([query, key, value, weights, mixed]);
    return {
      value: mixed,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [q0, k0, v0, w, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        // Softmax's gradient w (dw - sum_s w dw); the sum over the weights equals one over dy y, which is shorter.
        const correction = tf.expandDims(tf.sum(tf.mul(dy, y), 1), -1); // [N, T, 1]
        const dLogits = tf.mul(w, tf.sub(tf.matMul(dy, v0, true, true), correction));
        // Each as its transpose, channels first as q, k and v came: the large factor is then never transposed.
        const turned = (gradient: tf.Tensor): tf.Tensor => tf.transpose(gradient, [0, 2, 1]);
        return [
          turned(tf.mul(tf.matMul(k0, dLogits, true, true), scale)),
          turned(tf.mul(tf.matMul(q0, dLogits, true, false), scale)),
          turned(tf.matMul(dy, w)),
        ];
      },
    };
  });
  return withGradient(q, k, v);
}
