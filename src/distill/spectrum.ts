// The two-dimensional DFT of feature maps as products with cosine and sine matrices. Maps are real, so the half
// plane 0 <= v <= W/2 holds everything; its inner columns count twice in sums over the whole plane.
import * as tf from '@tensorflow/tfjs-core';

/** Scale of the transform: `ortho` divides by sqrt(HW), so energy is kept; `backward` does not scale. */
export type DftNorm = 'ortho' | 'backward';

/** Columns of the half plane for maps of width W. */
export function halfWidth(width: number): number {
  return Math.floor(width / 2) + 1;
}

/** Maps of up to this many pixels are transformed by one matrix, larger ones along rows and columns in turn. */
const directMaxPixels = 256;

/**
 * Squared magnitudes |DFT(x)|^2 over the half plane: x [B, C, H, W] -> [B, C, W/2 + 1, H], column frequency v first.
 */
export function halfPlanePower(x: tf.Tensor, norm: DftNorm): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const half = halfWidth(w);
  const scale = norm === 'ortho' ? 1 / Math.sqrt(h * w) : 1;
  const transform = h * w <= directMaxPixels ? directDft : separableDft;
  const [re, im] = transform(x, half, scale);
  return tf.reshape(tf.add(tf.square(re), tf.square(im)), [b, c, half, h]);
}

/** Real and imaginary parts, each [B*C, half, H] in any shape, by one product with the matrix of both axes. */
function directDft(x: tf.Tensor, half: number, scale: number): [tf.Tensor, tf.Tensor] {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const both = tf.matMul(tf.reshape(x, [b * c, h * w]), planeMatrix(h, w, half, scale)); // [B*C, 2 half H]
  return tf.split(both, 2, 1) as [tf.Tensor, tf.Tensor];
}

/** The same, along the rows and then along the columns. */
function separableDft(x: tf.Tensor, half: number, scale: number): [tf.Tensor, tf.Tensor] {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const alongRows = tf.matMul(tf.reshape(x, [b * c * h, w]), rowMatrix(w, half, scale)); // [B*C*H, 2 half]
  // [B*C, H, 2 half] -> [B*C, 2 half, H]: frequencies v of the real part, then of the imaginary part.
  const columns = tf.transpose(tf.reshape(alongRows, [b * c, h, 2 * half]), [0, 2, 1]);
  const both = tf.matMul(tf.reshape(columns, [b * c * 2 * half, h]), columnMatrix(h)); // [B*C*2*half, 2H]
  const [cosine, sine] = tf.split(tf.reshape(both, [b * c, 2 * half, 2 * h]), 2, 2) as [tf.Tensor, tf.Tensor];
  const [reCos, imCos] = tf.split(cosine, 2, 1) as [tf.Tensor, tf.Tensor]; // [B*C, half, H]
  const [reSin, imSin] = tf.split(sine, 2, 1) as [tf.Tensor, tf.Tensor];
  // (re + i im)(cos - i sin) along the columns.
  return [tf.add(reCos, imSin), tf.sub(imCos, reSin)];
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

/** [H W, 2 half H]: cosines of 2 pi (v x / W + u y / H) for pixel (y, x) and frequency (v, u), then negative sines. */
function planeMatrix(height: number, width: number, half: number, scale: number): tf.Tensor2D {
  const size = half * height;
  const values = new Float32Array(height * width * 2 * size);
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += size)
      for (let v = 0; v < half; v++)
        for (let u = 0; u < height; u++, at++) {
          const phase = angle(v * x * height + u * y * width, 1, height * width);
          values[at] = scale * Math.cos(phase);
          values[at + size] = -scale * Math.sin(phase);
        }
  return tf.tensor2d(values, [height * width, 2 * size]);
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
