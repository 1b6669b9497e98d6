// Normalisation layers.
import * as tf from '@tensorflow/tfjs-core';
import { param, type Params } from './params.ts';

/** (x - mean) / sqrt(var + eps) over the last axis of x [N, D], biased variance. */
function standardize(x: tf.Tensor, eps: number): tf.Tensor {
  const mean = tf.mean(x, -1, true);
  const centered = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.mul(centered, tf.rsqrt(tf.add(variance, eps)));
}

/** GroupNorm: x [B, C, H, W], affine `<name>.weight|bias` [C]. LDM: eps 1e-5 in the UNet, 1e-6 elsewhere. */
export function groupNorm(
  params: Params,
  name: string,
  x: tf.Tensor,
  options: { groups: number; eps: number },
): tf.Tensor {
  const [batch, channels, ...space] = x.shape as [number, number, ...number[]];
  const rows = tf.reshape(x, [batch * options.groups, -1]); // [B, C, H, W] -> [B*G, C/G*H*W]
  const normed = tf.reshape(standardize(rows, options.eps), x.shape);
  const affine = [1, channels, ...space.map(() => 1)];
  return tf.add(
    tf.mul(normed, tf.reshape(param(params, `${name}.weight`), affine)),
    tf.reshape(param(params, `${name}.bias`), affine),
  );
}

/** LayerNorm over the last axis: x [..., C], affine `<name>.weight|bias` [C]. */
export function layerNorm(params: Params, name: string, x: tf.Tensor, eps = 1e-5): tf.Tensor {
  const channels = x.shape.at(-1) ?? 1;
  const rows = tf.reshape(x, [-1, channels]); // [..., C] -> [N, C]
  const normed = tf.reshape(standardize(rows, eps), x.shape);
  return tf.add(tf.mul(normed, param(params, `${name}.weight`)), param(params, `${name}.bias`));
}
