import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { halfPlaneMultiplicity, halfPlanePower, halfWidth } from '../../../src/distill/spectrum.ts';
import { normal } from '../../../src/rng/noise.ts';

/** |DFT|^2 of one map by the definition, [W/2 + 1, H]. */
function powerByDefinition(map: Float32Array, height: number, width: number): number[] {
  return Array.from({ length: halfWidth(width) * height }, (_, at) => {
    const [v, u] = [Math.floor(at / height), at % height];
    let [re, im] = [0, 0];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const phase = 2 * Math.PI * ((u * y) / height + (v * x) / width);
        re += map[y * width + x]! * Math.cos(phase);
        im -= map[y * width + x]! * Math.sin(phase);
      }
    return re ** 2 + im ** 2;
  });
}

describe('halfPlanePower', () => {
  // Up to 16 x 16 by one matrix, above along rows and columns.
  it.each([
    [2, 2],
    [4, 8],
    [5, 3],
    [16, 16],
    [18, 20],
    [32, 32],
  ])('is the squared DFT of every channel of %i x %i maps', (height, width) => {
    const size = height * width;
    const values = Float32Array.from(normal(0, 'maps', 0, 0, 2 * size));
    const found = halfPlanePower(tf.tensor(values, [1, 2, height, width]), 'backward');
    expect(found.shape).toEqual([1, 2, halfWidth(width), height]);
    const expected = [0, 1].flatMap((c) =>
      powerByDefinition(values.subarray(c * size, (c + 1) * size), height, width),
    );
    const largest = Math.max(...expected);
    const data = found.dataSync();
    expected.forEach((power, i) => {
      expect(Math.abs(data[i]! - power) / largest).toBeLessThan(2e-6);
    });
  });

  it.each([8, 7, 20])('keeps energy with its multiplicity (Parseval), side %i', (side) => {
    const x = tf.tensor(normal(1, 'x', 0, 0, 6 * side * side), [2, 3, side, side]);
    const total = tf.sum(tf.mul(halfPlanePower(x, 'ortho'), halfPlaneMultiplicity(side)));
    const energy = tf.sum(tf.square(x)).dataSync()[0]!;
    expect(Math.abs(total.dataSync()[0]! / energy - 1)).toBeLessThan(1e-5);
  });
});
