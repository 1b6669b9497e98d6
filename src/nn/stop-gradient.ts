// Values without their history.
import * as tf from '@tensorflow/tfjs-core';

/** x, through which no gradient flows. */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  const stopped = tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return stopped(x);
}
