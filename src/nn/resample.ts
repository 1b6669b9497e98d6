// Changes of spatial resolution over NCHW tensors.
import * as tf from '@tensorflow/tfjs-core';

/** Nearest-neighbour upsampling by 2: [B, C, H, W] -> [B, C, 2H, 2W]. */
export function upsampleNearest2x(x: tf.Tensor): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const tiled = tf.tile(tf.reshape(x, [b * c, h, 1, w, 1]), [1, 1, 2, 1, 2]); // [B*C, H, 2, W, 2]
  return tf.reshape(tiled, [b, c, 2 * h, 2 * w]);
}

/** Average pooling 2x2, stride 2: [B, C, H, W] -> [B, C, H/2, W/2]. */
export function averagePool2x(x: tf.Tensor): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  return tf.reshape(tf.mean(tf.reshape(x, [b * c, h / 2, 2, w / 2, 2]), [2, 4]), [b, c, h / 2, w / 2]);
}
