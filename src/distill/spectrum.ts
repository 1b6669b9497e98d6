// The two-dimensional DFT of feature maps as products with cosine and sine matrices. Maps are real, so the half
// plane 0 <= v <= W/2 holds everything; its inner columns count twice in sums over the whole plane.
import * as tf from '@tensorflow/tfjs-core';

/** Scale of the transform: `ortho` divides by sqrt(HW), so energy is kept; `backward` does not scale. */
export type DftNorm = 'ortho' | 'backward';

/** Columns of the half plane for maps of width W. */
export function halfWidth(width: number): number {
  return Math.floor(width / 2) + 1;
}

/**
 * Squared magnitudes |DFT(x)|^2 over the half plane: x [B, C, H, W] -> [B, C, W/2 + 1, H], column frequency v first.
 */
export function halfPlanePower(x: tf.Tensor, norm: DftNorm): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const half = halfWidth(w);
  const scale = norm === 'ortho' ? 1 / Math.sqrt(h * w) : 1;
  const alongRows = tf.matMul(tf.reshape(x, [b * c * h, w]), rowMatrix(w, half, scale)); // [B*C*H, 2 half]
  // [B*C, H, 2 half] -> [B*C, 2 half, H]: frequencies v of the real part, then of the imaginary part.
  const columns = tf.transpose(tf.reshape(alongRows, [b * c, h, 2 * half]), [0, 2, 1]);
  const both = tf.matMul(tf.reshape(columns, [b * c * 2 * half, h]), columnMatrix(h)); // [B*C*2*half, 2H]
  const [cosine, sine] = tf.split(tf.reshape(both, [b * c, 2 * half, 2 * h]), 2, 2) as [tf.Tensor, tf.Tensor];
  const [reCos, imCos] = tf.split(cosine, 2, 1) as [tf.Tensor, tf.Tensor]; // [B*C, half, H]
  const [reSin, imSin] = tf.split(sine, 2, 1) as [tf.Tensor, tf.Tensor];
  // (re + i im)(cos - i sin) along the columns.
  const power = tf.add(tf.square(tf.add(reCos, imSin)), tf.square(tf.sub(imCos, reSin)));
  return tf.reshape(power, [b, c, half, h]);
}

/** How often each column of the half plane stands for the whole plane: [1, 1, W/2 + 1, 1]. */
export function halfPlaneMultiplicity(width: number): tf.Tensor {
  const values = Array.from({ length: halfWidth(width) }, (_, v) => (v === 0 || 2 * v === width ? 1 : 2));
  return tf.tensor(values, [1, 1, values.length, 1]);
}

/** Angle 2 pi j k / n, reduced in integers so that it is exact for every n. */
function angle(j: number, k: number, n: number): number {
  return (2 * Math.PI * ((j * k) % n)) / n;
}

/** [W, 2 half]: cosines, then negative sines (the forward transform's sign). */
function rowMatrix(width: number, half: number, scale: number): tf.Tensor2D {
  const rows = Array.from({ length: width }, (_, x) =>
    Array.from({ length: 2 * half }, (_, at) =>
      at < half ? scale * Math.cos(angle(x, at, width)) : -scale * Math.sin(angle(x, at - half, width)),
    ),
  );
  return tf.tensor2d(rows.flat(), [width, 2 * half]);
}

/** [H, 2H]: cosines, then sines. */
function columnMatrix(height: number): tf.Tensor2D {
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: 2 * height }, (_, at) =>
      at < height ? Math.cos(angle(y, at, height)) : Math.sin(angle(y, at - height, height)),
    ),
  );
  return tf.tensor2d(rows.flat(), [height, 2 * height]);
}
