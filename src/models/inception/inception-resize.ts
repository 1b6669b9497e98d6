// The two ways in which FID implementations bring images to 299x299, as products with interpolation matrices, so that
// they are traced with the network. The choice moves published FIDs by whole points (Parmar et al., CVPR 2022).
import * as tf from '@tensorflow/tfjs-core';

/** Row i holds the weights with which output position i reads the `inputSize` input positions; [outputSize, inputSize]. */
type Interpolation = (inputSize: number, outputSize: number) => Float32Array;

/**
 * PyTorch's `interpolate(mode="bilinear", align_corners=False)`, no antialiasing: pytorch-fid's resize.
 * x [B, C, H, W] -> [B, C, outH, outW].
 */
export function resizeBilinear(x: tf.Tensor, outH: number, outW: number): tf.Tensor {
  return resizeSeparable(x, outH, outW, bilinearMatrix);
}

/**
 * Pillow's antialiased bicubic on float images (mode F, one channel at a time), clipped to [0, 255]: clean-fid's
 * resize. x [B, C, H, W] in [0, 255] -> [B, C, outH, outW].
 */
export function resizeBicubicClean(x: tf.Tensor, outH: number, outW: number): tf.Tensor {
  return tf.clipByValue(resizeSeparable(x, outH, outW, pillowBicubicMatrix), 0, 255);
}

/** Rows first, then columns, as Pillow does. An axis that keeps its size is left alone. */
function resizeSeparable(x: tf.Tensor, outH: number, outW: number, interpolation: Interpolation): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  let y = tf.reshape(x, [b * c, h, w]);
  if (outW !== w) {
    const across = tf.tensor2d(interpolation(w, outW), [outW, w]);
    const rows = tf.reshape<tf.Rank.R2>(y, [b * c * h, w]);
    y = tf.reshape(tf.matMul(rows, across, false, true), [b * c, h, outW]);
  }
  if (outH !== h) {
    const down = tf.tensor3d(interpolation(h, outH), [1, outH, h]);
    y = tf.matMul(down, y); // [1, outH, h] [B*C, h, outW]
  }
  return tf.reshape(y, [b, c, outH, outW]);
}

/** Positions in float32, as PyTorch computes them for float32 images. */
function bilinearMatrix(inputSize: number, outputSize: number): Float32Array {
  const out = new Float32Array(outputSize * inputSize);
  const scale = Math.fround(inputSize / outputSize);
  for (let i = 0; i < outputSize; i++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const left = Math.min(Math.floor(position), inputSize - 1);
    const right = Math.min(left + 1, inputSize - 1);
    const fraction = Math.fround(position - left);
    out[i * inputSize + left]! += 1 - fraction;
    out[i * inputSize + right]! += fraction;
  }
  return out;
}

/** Keys' cubic, a = -0.5, stretched by the scale when shrinking (Pillow's Resample.c, `precompute_coeffs`). */
function pillowBicubicMatrix(inputSize: number, outputSize: number): Float32Array {
  const out = new Float32Array(outputSize * inputSize);
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  for (let i = 0; i < outputSize; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * stretch + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + 2 * stretch + 0.5));
    let total = 0;
    for (let j = first; j < end; j++) total += cubic((j - center + 0.5) / stretch);
    for (let j = first; j < end; j++) out[i * inputSize + j] = cubic((j - center + 0.5) / stretch) / total;
  }
  return out;
}

function cubic(x: number): number {
  const r = Math.abs(x);
  if (r < 1) return (1.5 * r - 2.5) * r * r + 1;
  if (r < 2) return (((r - 5) * r + 8) * r - 4) * -0.5;
  return 0;
}
