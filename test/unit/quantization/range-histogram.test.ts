// Ranges of 8 bits against the loss that they are chosen for, measured on the values themselves.
import { describe, expect, it } from 'vitest';
import type { QuantizedRange } from '../../../src/engine/layer-treatment.ts';
import { RangeHistogram } from '../../../src/quantization/range-histogram.ts';
import { normal, uniform } from '../../../src/rng/noise.ts';

function rangeOf(...batches: readonly Float32Array[]): QuantizedRange {
  const histogram = new RangeHistogram();
  for (const batch of batches) histogram.add(batch);
  return histogram.best();
}

/** Mean square of what the range loses of the values. */
function lossOf(values: Float32Array, { scale, zeroPoint }: QuantizedRange): number {
  const lost = values.map((value) => {
    const q = Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), 255);
    return (value - scale * (q - zeroPoint)) ** 2;
  });
  return lost.reduce((a, b) => a + b, 0) / values.length;
}

function between(low: number, high: number): QuantizedRange {
  const scale = (high - low) / 255;
  return { scale, zeroPoint: Math.round(-low / scale) };
}

describe('the best range', () => {
  it('of evenly spread values is all of them', () => {
    const values = Float32Array.from(uniform(0, 'even', 0, 0, 20_000), (u) => 3 * u - 1);
    const { scale, zeroPoint } = rangeOf(values);
    expect(255 * scale).toBeCloseTo(3, 1);
    expect(zeroPoint).toBe(85);
  });

  it.each([
    ['a bell', (z: number) => z],
    ['a long tail', (z: number) => z * Math.abs(z) ** 4],
    ['a bell cut off below', (z: number) => Math.max(z, -0.3)],
  ])('of %s is as good as any by the values themselves', (_, shape) => {
    const values = Float32Array.from(normal(0, 'shape', 0, 0, 4000), shape);
    const found = lossOf(values, rangeOf(values));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const fractions = Array.from({ length: 16 }, (__, i) => (i + 1) / 16);
    const others = fractions.flatMap((a) => fractions.map((b) => lossOf(values, between(a * low, b * high))));
    expect(found).toBeLessThan(1.02 * Math.min(...others)); // whose ranges may hit the values by luck
    expect(found).toBeLessThan(1.0001 * lossOf(values, between(low, high)));
  });

  it('holds zero exactly, also where all values are on one side', () => {
    const values = Float32Array.from(uniform(0, 'high', 0, 0, 1000), (u) => 5 + u);
    const { scale, zeroPoint } = rangeOf(values);
    expect(zeroPoint).toBe(0);
    expect(255 * scale).toBeCloseTo(6, 1);
  });

  it('does not depend on the order or the batches of the values', () => {
    const values = Float32Array.from(normal(0, 'order', 0, 0, 4096), (z, i) => z * (1 + i / 100));
    const whole = rangeOf(values);
    const parts = Array.from({ length: 8 }, (_, i) => values.slice(512 * i, 512 * (i + 1)));
    expect(rangeOf(...parts)).toEqual(whole);
    expect(rangeOf(...parts.reverse())).toEqual(whole);
  });

  it('of zeros is any', () => {
    expect(rangeOf(new Float32Array(8))).toEqual({ scale: 1, zeroPoint: 0 });
  });

  it('is not of what is no number', () => {
    expect(() => rangeOf(Float32Array.of(1, NaN))).toThrow(RangeError);
    expect(() => rangeOf(Float32Array.of(1, -Infinity))).toThrow(RangeError);
  });
});
