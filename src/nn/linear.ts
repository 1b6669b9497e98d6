// Affine maps with PyTorch's [out, in] weights.
import * as tf from '@tensorflow/tfjs-core';
import { param, type Params } from './params.ts';

/** Linear: x [..., in] with `<name>.weight` [out, in] and, if present, `<name>.bias` [out]. Returns [..., out]. */
export function linear(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const weight = param(params, `${name}.weight`) as tf.Tensor2D;
  const [outC, inC] = weight.shape;
  const rows: tf.Tensor2D = tf.reshape(x, [-1, inC]); // [..., in] -> [N, in]
  const y = tf.matMul(rows, weight, false, true);
  const bias = params[`${name}.bias`];
  const biased = bias === undefined ? y : tf.add(y, bias);
  return tf.reshape(biased, [...x.shape.slice(0, -1), outC]);
}
