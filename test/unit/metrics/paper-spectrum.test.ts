import { describe, expect, it } from 'vitest';
import { MagnitudeAccumulator, paperErrors } from '../../../src/metrics/paper-spectrum.ts';
import { normal } from '../../../src/rng/noise.ts';

function magnitudes(images: ArrayLike<number>, size: number): Float64Array {
  const accumulator = new MagnitudeAccumulator(size);
  accumulator.add(images);
  return accumulator.finish();
}

function errors(real: ArrayLike<number>, generated: ArrayLike<number>, size: number) {
  return paperErrors(magnitudes(real, size), magnitudes(generated, size), size);
}

/** amplitude cos(2 pi u x / size). */
function wave(u: number, amplitude: number, size: number): Float64Array {
  return Float64Array.from(
    { length: size * size },
    (_, at) => amplitude * Math.cos((2 * Math.PI * u * (at % size)) / size),
  );
}

/** Frequencies within a radius, in cycles per image. */
function frequenciesBelow(radius: number, size: number): number {
  let count = 0;
  for (let u = -size / 2 + 1; u <= size / 2; u++)
    for (let v = -size / 2 + 1; v <= size / 2; v++) count += Number(Math.hypot(u, v) < radius);
  return count;
}

describe('the errors of Table 1', () => {
  it('are mean magnitudes by their definition', () => {
    const size = 6;
    const images = normal(1, 'test/paper-spectrum', 0, 0, 4 * size * size);
    const found = magnitudes(images, size);
    for (const [u, v] of [
      [0, 0],
      [1, 4],
      [3, 3],
    ] as const) {
      const each = Array.from({ length: 4 }, (_, plane) => {
        let [re, im] = [0, 0];
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++) {
            const value = images[(plane * size + y) * size + x]!;
            re += value * Math.cos((2 * Math.PI * (u * y + v * x)) / size);
            im -= value * Math.sin((2 * Math.PI * (u * y + v * x)) / size);
          }
        return Math.hypot(re, im) / size;
      });
      expect(found[u * size + v]).toBeCloseTo(each.reduce((a, b) => a + b) / 4, 12);
    }
  });

  it('a wave that is missing in one band is an error of that band alone', () => {
    const size = 32; // divided at 3.5 cycles per image
    const flat = new Float64Array(size * size);
    const low = frequenciesBelow(3.5, size);
    // |F| is amplitude * size / 2 at (0, u) and at (0, -u).
    const slow = errors(wave(3, 8, size), flat, size);
    expect(slow.low).toBeCloseTo((8 * size) / low, 10);
    expect(slow.high).toBeCloseTo(0, 10);
    const fast = errors(wave(4, 8, size), flat, size);
    expect(fast.high).toBeCloseTo((8 * size) / (size * size - low), 10);
    expect(fast.low).toBeCloseTo(0, 10);
  });

  it('has a sign: generated images with more of a band lie below 0', () => {
    const size = 32;
    const { high } = errors(wave(5, 1, size), wave(5, 3, size), size);
    expect(high).toBeLessThan(0);
  });

  it('is divided at 28 cycles per image of 256 pixels', () => {
    const flat = new Float64Array(256 * 256);
    const below = errors(wave(27, 1, 256), flat, 256);
    const at = errors(wave(28, 1, 256), flat, 256);
    expect([below.low > 1e-3, below.high > 1e-9]).toEqual([true, false]);
    expect([at.low > 1e-9, at.high > 1e-3]).toEqual([false, true]);
  });

  it('averages magnitudes, not transforms: opposite waves do not cancel', () => {
    const size = 16;
    const both = [...wave(3, 2, size), ...wave(3, -2, size)];
    expect(errors(both, wave(3, 2, size), size).high).toBeCloseTo(0, 12);
    expect(magnitudes(both, size)[3]).toBeCloseTo(size, 10);
  });

  it('refuses different sizes and no images', () => {
    expect(() => paperErrors(new Float64Array(4), new Float64Array(9), 2)).toThrow('image sizes');
    expect(() => new MagnitudeAccumulator(4).finish()).toThrow('no images');
  });
});
