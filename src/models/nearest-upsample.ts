// Nearest-neighbour upsampling in rank 4, for which TF.js has a gradient (Tile's stops there).
import * as tf from '@tensorflow/tfjs-core';

/** [B, C, H, W] -> [B, C, 2H, 2W]. */
export function nearestUpsample2x(x: tf.Tensor): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const tiled = tf.tile(tf.reshape(x, [b * c * h, 1, w, 1]), [1, 2, 1, 2]); // [B*C*H, 2, W, 2]
  return tf.reshape(tiled, [b, c, 2 * h, 2 * w]);
}
