// Gaussian random fields on a torus whose power falls as 1 / f^2, and linear filters of them. White noise is coloured in
// the Fourier domain, where filters of circular convolution are products, too: everything is exact on this grid.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, Tensors } from '../../engine/engine.ts';
import { radii } from '../../metrics/plane-spectrum.ts';

/**
 * Power of the fields at each (u, v), [size, size]: proportional to 1 / f^2, f in cycles per image, scaled so that a pixel has
 * variance 1. The mean level has the power of f = 1: 1 / f^2 has none to give.
 */
export function fieldPower(size: number): Float64Array {
  const shape = radii(size).map((radius) => 1 / Math.max(1, radius) ** 2);
  const mean = shape.reduce((sum, value) => sum + value, 0) / shape.length;
  return shape.map((value) => value / mean);
}

/** Means over the frequencies of each ring 0, 1, ..., size / 2 of `values`, [size, size]; the corners past the last are left out. */
export function ringMeans(values: Float64Array, size: number): number[] {
  const rings = size / 2 + 1;
  const sums = new Float64Array(rings);
  const counts = new Float64Array(rings);
  for (const [at, radius] of radii(size).entries()) {
    const ring = Math.round(radius);
    if (ring >= rings) continue;
    sums[ring]! += values[at]!;
    counts[ring]!++;
  }
  return Array.from(sums, (sum, ring) => sum / counts[ring]!);
}

/** cos(2 pi k / size) for whole k. */
function cosines(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
}

/**
 * sum over (x, y) of values(x, y) cos(2 pi (u x + v y) / size): the real part of the transform of a plane [size, size], and
 * all of it where the plane is even.
 */
export function evenTransform(values: ArrayLike<number>, size: number): Float64Array {
  const wave = cosines(size);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [u, v] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let x = 0; x < size; x++)
      for (let y = 0; y < size; y++) sum += values[x * size + y]! * wave[(u * x + v * y) % size]!;
    return sum;
  });
}

/** The kernel [size, size] of the filter with the real, even `response` [size, size]. */
export function kernelOf(response: Float64Array, size: number): Float64Array {
  return evenTransform(response, size).map((value) => value / size ** 2);
}

/** What `toFourier` and `fromFourier` need of a plane [size, size]: cosines and sines of 2 pi (u x + v y) / size, [size^2, size^2]. */
export function fourierConstants(size: number): { readonly cosine: HostTensor; readonly sine: HostTensor } {
  const pixels = size ** 2;
  const wave = cosines(size);
  const table = (quarter: number): HostTensor => {
    const data = new Float32Array(pixels ** 2);
    for (let at = 0; at < data.length; at++) {
      const [frequency, pixel] = [Math.floor(at / pixels), at % pixels];
      const turns =
        Math.floor(frequency / size) * Math.floor(pixel / size) + (frequency % size) * (pixel % size);
      data[at] = wave[(turns + quarter) % size]!;
    }
    return { shape: [pixels, pixels], dtype: 'float32', data };
  };
  // sin(a) = cos(a - a quarter of a turn).
  return { cosine: table(0), sine: table((3 * size) / 4) };
}

/** Real and imaginary parts over frequencies, each [B, size^2]. */
export type Spectrum = readonly [re: tf.Tensor, im: tf.Tensor];

/** Planes [B, size^2] -> their DFT without a scale. */
export function toFourier(planes: tf.Tensor, { cosine, sine }: Tensors): Spectrum {
  const rows = planes as tf.Tensor2D;
  return [tf.matMul(rows, cosine as tf.Tensor2D), tf.neg(tf.matMul(rows, sine as tf.Tensor2D))];
}

/** The planes [B, size^2] of spectra of real planes. */
export function fromFourier([re, im]: Spectrum, { cosine, sine }: Tensors): tf.Tensor {
  const real = tf.matMul(re, cosine as tf.Tensor2D);
  const imaginary = tf.matMul(im, sine as tf.Tensor2D);
  return tf.div(tf.sub(real, imaginary), re.shape[1]!);
}

/** Circular convolution of planes with kernels, by their spectra. */
export function convolve([aRe, aIm]: Spectrum, [bRe, bIm]: Spectrum): Spectrum {
  return [tf.sub(tf.mul(aRe, bRe), tf.mul(aIm, bIm)), tf.add(tf.mul(aRe, bIm), tf.mul(aIm, bRe))];
}

/** A real response at each frequency as a tensor of a signature, [1, size^2]. */
export function responseTensor(response: Float64Array): HostTensor {
  return { shape: [1, response.length], dtype: 'float32', data: Float32Array.from(response) };
}

/** Spectra with each frequency times a real response [1, size^2] or [B, size^2]. */
export function respond([re, im]: Spectrum, response: tf.Tensor): Spectrum {
  return [tf.mul(re, response), tf.mul(im, response)];
}
