import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MomentAccumulator, momentsOf } from '../../../src/metrics/moments.ts';
import { normal } from '../../../src/rng/noise.ts';
import { get, goldenTensors } from '../../support/golden.ts';
import { largestDifference } from '../../support/random-matrix.ts';

const d = 5;

function features(n: number, seed = 1): Float32Array {
  return Float32Array.from(normal(seed, 'test/moments', 0, 0, n * d), (x, at) => x + (at % d));
}

/** Mean and covariance by their definitions. */
function byDefinition(x: ArrayLike<number>): { mean: number[]; covariance: number[] } {
  const n = x.length / d;
  const column = (j: number): number[] => Array.from({ length: n }, (_, i) => x[i * d + j]!);
  const mean = Array.from({ length: d }, (_, j) => column(j).reduce((sum, v) => sum + v, 0) / n);
  const covariance = Array.from({ length: d * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    const products = column(i).map((v, k) => (v - mean[i]!) * (column(j)[k]! - mean[j]!));
    return products.reduce((sum, v) => sum + v, 0) / (n - 1);
  });
  return { mean, covariance };
}

describe('momentsOf', () => {
  it('gives what NumPy gives (golden case)', async () => {
    const golden = await goldenTensors('frechet/io.safetensors');
    const { mean, covariance } = momentsOf(get(golden, 'A').data, 64);
    expect(largestDifference(mean, get(golden, 'mu.A').data)).toBeLessThan(1e-12);
    expect(largestDifference(covariance.data, get(golden, 'sigma.A').data)).toBeLessThan(1e-12);
  });

  it.each([2, 127, 128, 129, 300])('follows the definitions for %d samples', (n) => {
    const x = features(n);
    const [found, expected] = [momentsOf(x, d), byDefinition(x)];
    expect(found.count).toBe(n);
    expect(largestDifference(found.mean, expected.mean)).toBeLessThan(1e-12);
    expect(largestDifference(found.covariance.data, expected.covariance)).toBeLessThan(1e-12);
  });

  it('keeps small variances beside large means', () => {
    const x = Float64Array.from(features(400), (v) => v * 1e-3 + 1e6);
    const { covariance } = momentsOf(x, d);
    const exact = byDefinition(x.map((v) => v - 1e6)).covariance;
    expect(largestDifference(covariance.data, exact)).toBeLessThan(1e-12);
  });
});

describe('MomentAccumulator', () => {
  it('gives the same bits however the stream is cut', () => {
    const x = features(500);
    const whole = momentsOf(x, d);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), 500];
        const accumulator = new MomentAccumulator(d);
        for (let i = 1; i < edges.length; i++) accumulator.add(x.subarray(edges[i - 1]! * d, edges[i]! * d));
        expect(accumulator.finish()).toEqual(whole);
      }),
    );
  });

  it('goes on after finish', () => {
    const x = features(200);
    const accumulator = new MomentAccumulator(d);
    accumulator.add(x.subarray(0, 150 * d));
    expect(accumulator.finish()).toEqual(momentsOf(x.subarray(0, 150 * d), d));
    accumulator.add(x.subarray(150 * d));
    expect(accumulator.finish()).toEqual(momentsOf(x, d));
  });

  it('names the sample whose features are not finite', () => {
    const x = features(140);
    x[133 * d + 2] = NaN;
    const accumulator = new MomentAccumulator(d);
    expect(() => {
      accumulator.add(x);
    }).toThrow('the features of sample 133 are not finite');
  });

  it('refuses a covariance of one sample', () => {
    expect(() => momentsOf(features(1), d)).toThrow('at least 2 samples, got 1');
  });
});
