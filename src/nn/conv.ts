// Convolutions over NCHW tensors with PyTorch's OIHW weights.
import * as tf from '@tensorflow/tfjs-core';
import { param, type Params } from './params.ts';

/** Zero padding of a convolution: the same on all sides, or [top, bottom, left, right]. */
export type Padding = number | readonly [number, number, number, number];

export interface ConvOptions {
  readonly stride?: number;
  readonly padding?: Padding;
}

/**
 * Conv2d: x [B, C, H, W] with weight `<name>.weight` [O, C, k, k] and, if present, `<name>.bias` [O].
 * Returns [B, O, H', W'], float32.
 */
export function conv2d(params: Params, name: string, x: tf.Tensor, options: ConvOptions = {}): tf.Tensor {
  const weight = param(params, `${name}.weight`) as tf.Tensor4D;
  const { stride = 1, padding = 0 } = options;
  const pad =
    typeof padding === 'number'
      ? padding
      : ([
          [0, 0],
          [0, 0],
          [padding[0], padding[1]],
          [padding[2], padding[3]],
        ] as tf.backend_util.ExplicitPadding);
  const filter = tf.transpose(weight, [2, 3, 1, 0]); // OIHW -> HWIO
  const y = tf.conv2d(x as tf.Tensor4D, filter, stride, pad, 'NCHW');
  const bias = params[`${name}.bias`];
  return bias === undefined ? y : tf.add(y, tf.reshape(bias, [1, -1, 1, 1]));
}
