// Means of Fourier transforms, against waves whose transforms are known.
import { expect, it } from 'vitest';
import { PlaneMeansAccumulator, ringMeans } from '../../../src/metrics/plane-means.ts';
import { SpectrumAccumulator } from '../../../src/metrics/spectra.ts';
import { normal } from '../../../src/rng/noise.ts';
import { largestDifference } from '../../support/random-matrix.ts';

const size = 16;

/** amplitude cos(2 pi (u y + v x) / size). */
function wave(u: number, v: number, amplitude: number): Float64Array {
  return Float64Array.from(
    { length: size * size },
    (_, at) => amplitude * Math.cos((2 * Math.PI * (u * Math.floor(at / size) + v * (at % size))) / size),
  );
}

it('gives a wave its own two frequencies, and means over planes', () => {
  const accumulator = new PlaneMeansAccumulator(size);
  accumulator.add([...wave(2, 3, 1), ...wave(2, 3, 3)]);
  const { magnitude, power } = accumulator.finish();
  for (const at of [2 * size + 3, (size - 2) * size + size - 3]) {
    expect(magnitude[at]).toBeCloseTo((size / 2) * 2, 9); // mean of 1 and 3
    expect(power[at]).toBeCloseTo((size / 2) ** 2 * 5, 8); // mean of 1 and 9
  }
  const elsewhere = power.filter((_, at) => at !== 2 * size + 3 && at !== (size - 2) * size + size - 3);
  expect(Math.max(...elsewhere)).toBeLessThan(1e-18);
});

it('averages over rings as the radial spectrum does', () => {
  const images = normal(1, 'test/plane-means', 0, 0, 6 * size * size);
  const [planes, radial] = [new PlaneMeansAccumulator(size), new SpectrumAccumulator(size)];
  planes.add(images);
  radial.add(images);
  const rings = ringMeans(planes.finish().power, size);
  expect(rings).toHaveLength(size / 2 + 1);
  expect(largestDifference(rings, radial.finish().power)).toBeLessThan(1e-12);
});

it('leaves corners out of the rings', () => {
  const plane = new Float64Array(size * size);
  plane[(size / 2) * size + size / 2] = 1; // radius 11.3
  expect([...ringMeans(plane, size)]).toEqual(new Array(size / 2 + 1).fill(0));
});

it('is no mean without images', () => {
  expect(() => new PlaneMeansAccumulator(size).finish()).toThrow('no images');
});
