import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { haarDwt, haarIdwt } from '../../../../src/models/wavelet/haar.ts';
import { waveletBands, wavelets, type WaveletName } from '../../../../src/models/wavelet/wavelet.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('computes the four bands of a block', () => {
  expect([...haarDwt(tf.tensor([1, 2, 3, 5], [1, 1, 2, 2])).dataSync()]).toEqual([5.5, -2.5, -1.5, 0.5]);
});

it.each(Object.keys(wavelets) as WaveletName[])(
  '%s is inverted exactly and keeps the energy, for any even size',
  (name) => {
    const { dwt, idwt } = wavelets[name];
    const extent = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(extent, extent, extent, extent, fc.integer({ min: 1, max: 97 }), (b, c, h, w, seed) => {
        const values = Float32Array.from({ length: 4 * b * c * h * w }, (_, i) => Math.sin(seed * (i + 1)));
        const bands = dwt(tf.tensor(values, [b, c, 2 * h, 2 * w]));
        expect(bands.shape).toEqual([b, waveletBands.length * c, h, w]);
        const back = idwt(bands).dataSync();
        const energy = (v: ArrayLike<number>) => Array.from(v).reduce((sum, x) => sum + x * x, 0);
        expect(energy(values.map((v, i) => v - (back[i] ?? NaN)))).toBeLessThan(1e-10);
        expect(energy(bands.dataSync()) / energy(values)).toBeCloseTo(1, 5);
      }),
      { numRuns: 30 },
    );
  },
);

it('has the transform itself as the gradient of the inverse (orthonormal)', () => {
  const weight = tf.tensor(
    Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
    [1, 1, 4, 4],
  );
  const gradient = tf.grad((bands: tf.Tensor) => tf.sum(tf.mul(haarIdwt(bands), weight)))(
    tf.ones([1, 4, 2, 2]),
  );
  const expected = haarDwt(weight).dataSync();
  gradient.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
  });
});
