// Changes of spatial resolution by 2 over NCHW tensors. Each is the other's gradient but for a factor of 4.
import * as tf from '@tensorflow/tfjs-core';
import { fusedOr } from './fused.ts';

type Image = readonly [batch: number, channels: number, height: number, width: number];

function repeatPixels(x: tf.Tensor): tf.Tensor {
  return fusedOr('SdxUpsampleNearest2x', x, () => {
    const [b, c, h, w] = x.shape as unknown as Image;
    const tiled = tf.tile(tf.reshape(x, [b * c * h, 1, w, 1]), [1, 2, 1, 2]); // [B*C*H, 2, W, 2]
    return tf.reshape(tiled, [b, c, 2 * h, 2 * w]);
  });
}

function averageBlocks(x: tf.Tensor): tf.Tensor {
  return fusedOr('SdxAveragePool2x', x, () => {
    const [b, c, h, w] = x.shape as unknown as Image;
    const blocks = tf.reshape(x, [(b * c * h) / 2, 2, w / 2, 2]);
    return tf.reshape(tf.mean(blocks, [1, 3]), [b, c, h / 2, w / 2]);
  });
}

/** Nearest-neighbour upsampling by 2: [B, C, H, W] -> [B, C, 2H, 2W]. */
export const upsampleNearest2x: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x) => ({
  value: repeatPixels(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => tf.mul(averageBlocks(dy), 4),
}));

/** Average pooling 2x2, stride 2: [B, C, H, W] -> [B, C, H/2, W/2]. */
export const averagePool2x: (x: tf.Tensor) => tf.Tensor = tf.customGrad((x) => ({
  value: averageBlocks(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => tf.mul(repeatPixels(dy), 0.25),
}));
