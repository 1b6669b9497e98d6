import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import {
  bandErrors,
  BandSplit,
  SpectrumAccumulator,
  type RadialSpectrum,
} from '../../../src/metrics/spectra.ts';
import { normal } from '../../../src/rng/noise.ts';
import { largestDifference } from '../../support/random-matrix.ts';

const size = 16;

/** The spectrum of images [n, channels, size, size]. */
function radialSpectrum(images: ArrayLike<number>, side: number): RadialSpectrum {
  const accumulator = new SpectrumAccumulator(side);
  accumulator.add(images);
  return accumulator.finish();
}

function noise(planes: number, seed = 1): Float64Array {
  return Float64Array.from(normal(seed, 'test/spectra', 0, 0, planes * size * size));
}

/** cos(2 pi (u x + v y) / size). */
function wave(u: number, v: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) =>
    Math.cos((2 * Math.PI * (u * (at % size) + v * Math.floor(at / size))) / size),
  );
}

/** Frequencies (u, v) by rounded radius. */
function ringSizes(): number[] {
  const counts = new Array<number>(size).fill(0);
  const signed = (k: number): number => (k <= size / 2 ? k : k - size);
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++) counts[Math.round(Math.hypot(signed(u), signed(v)))]!++;
  return counts;
}

describe('SpectrumAccumulator', () => {
  it.each([
    [3, 0],
    [0, 5],
    [3, 4],
    [-3, 4],
  ])('puts a wave (%d, %d) in its ring alone', (u, v) => {
    const { power, frequencies } = radialSpectrum(wave(u, v), size);
    const ring = Math.round(Math.hypot(u, v));
    expect(frequencies[ring]).toBe(ring / size);
    // |X|^2 / size^2 is size^2 / 4 at (u, v) and at (-u, -v), spread over the ring.
    expect(power[ring]).toBeCloseTo((2 * (size * size)) / 4 / ringSizes()[ring]!, 10);
    expect(power.reduce((sum, p, r) => sum + (r === ring ? 0 : p), 0)).toBeLessThan(1e-20);
  });

  it('puts a constant in ring 0', () => {
    const { power } = radialSpectrum(new Float64Array(size * size).fill(2), size);
    expect(power[0]).toBeCloseTo(4 * size * size, 9);
    expect(power.slice(1).every((p) => p < 1e-18)).toBe(true);
  });

  it('keeps the energy (Parseval) of what lies inside the rings', () => {
    // Waves of radius up to size / 2 only: nothing falls in the corners.
    const image = wave(1, 2).map((x, at) => 1 + x - 0.3 * wave(4, -5)[at]! + 2 * wave(0, 8)[at]!);
    const { power } = radialSpectrum(image, size);
    const energy = power.reduce((sum, p, ring) => sum + p * ringSizes()[ring]!, 0);
    expect(energy).toBeCloseTo(
      image.reduce((sum, x) => sum + x * x, 0),
      8,
    );
  });

  it('is flat for white noise', () => {
    const { power } = radialSpectrum(noise(200), size);
    for (const p of power.slice(1)) expect(Math.abs(p - 1)).toBeLessThan(0.15);
  });

  it('grows with the square of the contrast, and is blind to cyclic shifts', () => {
    const image = noise(1);
    const base = radialSpectrum(image, size).power;
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 9, noNaN: true }), fc.nat(15), fc.nat(15), (a, dx, dy) => {
        const changed = image.map((_, at) => {
          const [y, x] = [Math.floor(at / size), at % size];
          return a * image[((y + dy) % size) * size + ((x + dx) % size)]!;
        });
        const { power } = radialSpectrum(changed, size);
        expect(
          largestDifference(
            power,
            base.map((p) => a * a * p),
          ),
        ).toBeLessThan(1e-9 * a * a);
      }),
      { numRuns: 20 },
    );
  });

  it('is the mean over planes, however they are handed over', () => {
    const images = noise(6);
    const accumulator = new SpectrumAccumulator(size);
    accumulator.add(images.subarray(0, size * size));
    accumulator.add(images.subarray(size * size));
    expect(accumulator.finish()).toEqual(radialSpectrum(images, size));
  });
});

describe('bandErrors', () => {
  const real = radialSpectrum(noise(4), size);
  const scaled = (low: number, high: number) => ({
    ...real,
    power: real.power.map((p, ring) => p * (ring / size < 0.25 ? low : high)),
  });

  it('is zero for equal spectra and counts decades in each band', () => {
    expect(bandErrors(real, real)).toEqual({ low: 0, high: 0 });
    const { low, high } = bandErrors(real, scaled(10, 0.01));
    expect(low).toBeCloseTo(1, 12);
    expect(high).toBeCloseTo(2, 12);
  });

  it('leaves the mean level out', () => {
    const brighter = { ...real, power: real.power.map((p, ring) => (ring === 0 ? 1e6 * p : p)) };
    expect(bandErrors(real, brighter)).toEqual({ low: 0, high: 0 });
  });

  it('stays finite where a ring is empty', async () => {
    // ONNX Runtime leaves the thread in a mode in which subnormal numbers count as 0.
    const program = await onnxEngine().compile(({ inputs }) => ({ outputs: { x: tf.neg(inputs['x']!) } }), {
      inputs: { x: { shape: [1], dtype: 'float32' } },
    });
    await program.dispose();
    const { high } = bandErrors(real, scaled(1, 0));
    expect(high).toBeGreaterThan(100);
    expect(Number.isFinite(high)).toBe(true);
  });

  it('refuses spectra of different sizes', () => {
    const other = radialSpectrum(new Float64Array(64), 8);
    expect(() => bandErrors(real, other)).toThrow('different image sizes');
  });
});

describe('BandSplit', () => {
  const split = new BandSplit(size);
  const meanSquare = (images: ArrayLike<number>): number =>
    Array.from(images).reduce((sum, x) => sum + x * x, 0) / images.length;

  it('splits mean squares without loss (Parseval), for any image and size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(99),
        (side, n, seed) => {
          const images = normal(seed, 'test/bands', 0, 0, n * side * side);
          const { low, high } = new BandSplit(side).squares(images);
          expect(low + high).toBeCloseTo(meanSquare(images), 12);
          expect(Math.min(low, high)).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['the mean level', 0, 0, 'low'],
    ['3 cycles of 16 pixels', 3, 0, 'low'],
    ['4 cycles: the cutoff itself', 0, 4, 'high'],
    ['3 and 3 cycles: radius 4.2', 3, 3, 'high'],
    ['a corner, past the last ring', 8, 8, 'high'],
  ] as const)('counts %s (%d, %d) as %s', (_, u, v, band) => {
    const image = wave(u, v);
    const squares = split.squares(image);
    expect(squares[band]).toBeCloseTo(meanSquare(image), 12);
    expect(squares[band === 'low' ? 'high' : 'low']).toBeCloseTo(0, 12);
  });

  it('adds up to the same rings as the radial spectrum', () => {
    const image = noise(2);
    const { power } = radialSpectrum(image, size);
    const counts = ringSizes();
    const low = [0, 1, 2, 3].reduce((sum, ring) => sum + power[ring]! * counts[ring]!, 0) / size ** 2;
    expect(split.squares(image).low).toBeCloseTo(low, 12);
  });
});
