// Pooling over NCHW tensors with PyTorch's meaning of padding. TF.js pools NHWC only: the two transposes that this
// costs are fused away when the function is traced.
import * as tf from '@tensorflow/tfjs-core';

export interface PoolOptions {
  /** Window edge. */
  readonly size: number;
  readonly stride: number;
  /** Padding on all sides, less than half of the window. */
  readonly padding?: number;
}

/** Max pooling; padding never wins. x [B, C, H, W] -> [B, C, H', W'], H' = floor((H + 2 padding - size) / stride) + 1. */
export function maxPool(x: tf.Tensor, options: PoolOptions): tf.Tensor {
  const { size, stride, padding = 0 } = options;
  return channelsFirst(tf.maxPool(channelsLast(x), size, stride, padding, 'floor'));
}

/**
 * Average pooling; shapes as `maxPool`. Padded positions are left out of the count unless `countIncludePad` (PyTorch's
 * default is to include them, Inception-v3 as FID uses it leaves them out).
 */
export function averagePool(x: tf.Tensor, options: PoolOptions & { countIncludePad?: boolean }): tf.Tensor {
  const { size, stride, padding = 0, countIncludePad = false } = options;
  if (countIncludePad && padding > 0) {
    const edge: [number, number] = [padding, padding];
    const padded = tf.pad(x, [[0, 0], [0, 0], edge, edge]);
    return channelsFirst(tf.avgPool(channelsLast(padded), size, stride, 0, 'floor'));
  }
  return channelsFirst(tf.avgPool(channelsLast(x), size, stride, padding, 'floor'));
}

function channelsLast(x: tf.Tensor): tf.Tensor4D {
  return tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]); // NCHW -> NHWC
}

function channelsFirst(x: tf.Tensor4D): tf.Tensor {
  return tf.transpose(x, [0, 3, 1, 2]); // NHWC -> NCHW
}
