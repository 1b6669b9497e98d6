// Classifier-free guidance (Ho & Salimans 2022, Eq. 6) within a graph: both predictions are made in one batch of twice
// the size, without a condition in the first half and with it in the second.
import * as tf from '@tensorflow/tfjs-core';

/** The conditions of the doubled batch. */
export function guidedConditions<T>(conditions: readonly T[], nothing: T): T[] {
  return [...conditions.map(() => nothing), ...conditions];
}

/** A batch beside itself: [B, ...] -> [2B, ...]. */
export function doubled(batch: tf.Tensor): tf.Tensor {
  return tf.concat([batch, batch], 0);
}

/**
 * unconditional + scale (conditional - unconditional), of the predictions [2B, ...] for a doubled batch -> [B, ...];
 * `scale` is a number, or a tensor that broadcasts to [B, ...].
 */
export function guide(predictions: tf.Tensor, scale: number | tf.Tensor): tf.Tensor {
  const [unconditional, conditional] = tf.split(predictions, 2, 0) as [tf.Tensor, tf.Tensor];
  return tf.add(unconditional, tf.mul(tf.sub(conditional, unconditional), scale));
}
