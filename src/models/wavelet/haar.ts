// The orthonormal 2D Haar transform and its inverse as reshapes and additions (paper, section 3; facts of the
// reference implementation: 0.5 on the sums over each 2x2 block).
import * as tf from '@tensorflow/tfjs-core';

/** Sum and difference of the pairs along axis 1 of x [N, 2, D], each [N, 1, D]. */
function butterfly(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const [first, second] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
  return [tf.add(first, second), tf.sub(first, second)];
}

/**
 * Haar DWT: x [B, C, H, W], H and W even -> [B, 4C, H/2, W/2], the bands of `waveletBands` one after the other. For a
 * block [[a, b], [c, d]]: LL = (a+b+c+d)/2, LH = (a+b-c-d)/2, HL = (a-b+c-d)/2, HH = (a-b-c+d)/2.
 */
export function haarDwt(x: tf.Tensor): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const half = tf.mul(x, 0.5);
  const band = (v: tf.Tensor): tf.Tensor => tf.reshape(v, [b, c, h / 2, w / 2]);
  const columns = (rows: tf.Tensor): [tf.Tensor, tf.Tensor] =>
    butterfly(tf.reshape(rows, [(b * c * h * w) / 4, 2, 1])); // pairs of neighbours within a row
  const [low, high] = butterfly(tf.reshape(half, [(b * c * h) / 2, 2, w])); // pairs of neighbouring rows
  const [ll, hl] = columns(low);
  const [lh, hh] = columns(high);
  return tf.concat([band(ll), band(lh), band(hl), band(hh)], 1);
}

/** Inverse Haar DWT: bands [B, 4C, H, W] in the order of `haarDwt` -> [B, C, 2H, 2W]. */
export function haarIdwt(bands: tf.Tensor): tf.Tensor {
  const [b, c4, h, w] = bands.shape as [number, number, number, number];
  const c = c4 / 4;
  const [ll, lh, hl, hh] = tf.split(tf.mul(bands, 0.5), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  // Undo the column step: even and odd columns side by side, [B*C*H, 2W] after the reshape.
  const interleave = (even: tf.Tensor, odd: tf.Tensor): tf.Tensor => {
    const pairs = [even, odd].map((v) => tf.reshape(v, [b * c * h * w, 1]));
    return tf.reshape(tf.concat(pairs, 1), [b * c * h, 1, 2 * w]);
  };
  const low = interleave(tf.add(ll, hl), tf.sub(ll, hl));
  const high = interleave(tf.add(lh, hh), tf.sub(lh, hh));
  const rows = tf.concat([tf.add(low, high), tf.sub(low, high)], 1); // [B*C*H, 2, 2W]
  return tf.reshape(rows, [b, c, 2 * h, 2 * w]);
}
