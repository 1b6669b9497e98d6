// The Frechet distance against scipy's numbers, closed forms, and the laws that any such distance obeys.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { matrix, type Matrix } from '../../../src/linalg/matrix.ts';
import { frechetDistance, frechetParts, gaussianOf, type Gaussian } from '../../../src/metrics/frechet.ts';
import { momentsOf } from '../../../src/metrics/moments.ts';
import { normal } from '../../../src/rng/noise.ts';
import { get, goldenTensors } from '../../golden/support.ts';
import { semidefiniteMatrix } from '../linalg/random.ts';

/** Features [n, d], correlated and shifted by the seed. */
function features(n: number, d: number, seed: number): Float64Array {
  const z = normal(seed, 'test/frechet', 0, 0, n * d);
  return Float64Array.from(z, (x, at) => x + 0.5 * z[Math.max(0, at - 1)]! + 0.1 * seed);
}

function distance(x: Float64Array, y: Float64Array, d: number): number {
  return frechetDistance(gaussianOf(x, d), gaussianOf(y, d));
}

function diagonal(values: readonly number[]): Matrix {
  const d = values.length;
  const out = matrix(d, d);
  values.forEach((value, i) => (out.data[i * d + i] = value));
  return out;
}

describe('numbers of scipy (golden case)', async () => {
  const golden = await goldenTensors('frechet/io.safetensors');
  const data = (name: string): Float64Array => get(golden, name).data as Float64Array;
  const dimension = 64;

  it.each([
    ['full rank', 'fid.A.B', 'A', 'B'],
    ['fewer samples than features', 'fid.A.C', 'A', 'C'],
  ])('%s', (_, name, a, b) => {
    const expected = data(name)[0]!;
    expect(Math.abs(distance(data(a), data(b), dimension) - expected) / expected).toBeLessThan(1e-6);
  });

  it('a set with itself', () => {
    expect(distance(data('A'), data('A'), dimension)).toBeLessThan(1e-10);
  });
});

describe('closed forms', () => {
  const deviations = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 });
  const mean = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 });

  it('diagonal Gaussians: sum of squared differences of means and deviations', () => {
    fc.assert(
      fc.property(mean, mean, deviations, deviations, (muA, muB, a, b) => {
        const gaussian = (mu: readonly number[], s: readonly number[]): Gaussian => ({
          mean: Float64Array.from(mu),
          covariance: diagonal(s.map((x) => x * x)),
        });
        const expected = muA.reduce((sum, m, i) => sum + (m - muB[i]!) ** 2 + (a[i]! - b[i]!) ** 2, 0);
        expect(frechetDistance(gaussian(muA, a), gaussian(muB, b))).toBeCloseTo(expected, 8);
      }),
    );
  });

  it('commuting covariances S and 4 S: the trace of S', () => {
    const s = semidefiniteMatrix(12, 12, 1);
    const four = matrix(
      12,
      12,
      s.data.map((x) => 4 * x),
    );
    const mean = new Float64Array(12);
    const { distance: found, traces } = frechetParts({ mean, covariance: s }, { mean, covariance: four });
    expect(found).toBeCloseTo(traces / 5, 9);
  });
});

describe('laws', () => {
  const d = 8;
  const sizes = fc.integer({ min: 2, max: 40 });
  const seeds = fc.integer({ min: 1, max: 1000 });

  it('is zero for a set with itself, and symmetric', () => {
    fc.assert(
      fc.property(sizes, sizes, seeds, (n, m, seed) => {
        const [x, y] = [features(n, d, seed), features(m, d, seed + 1)];
        const between = distance(x, y, d);
        expect(distance(x, x, d)).toBeLessThan(1e-10);
        expect(Math.abs(distance(y, x, d) - between)).toBeLessThan(1e-10 * (1 + between));
        expect(between).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('scales with the square of the features, and forgets a common shift', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.double({ min: 0.1, max: 20, noNaN: true }), (n, seed, a) => {
        const [x, y] = [features(n, d, seed), features(n + 3, d, seed + 1)];
        const between = distance(x, y, d);
        const scaled = distance(
          x.map((v) => a * v),
          y.map((v) => a * v),
          d,
        );
        expect(Math.abs(scaled - a * a * between)).toBeLessThan(1e-9 * a * a * (1 + between));
        const shifted = distance(
          x.map((v) => v + a),
          y.map((v) => v + a),
          d,
        );
        expect(Math.abs(shifted - between)).toBeLessThan(1e-9 * (1 + between));
      }),
      { numRuns: 40 },
    );
  });

  it('is the same from features of few images and from their covariance', () => {
    const [x, y] = [features(20, 32, 1), features(25, 32, 2)];
    const fromFactors = distance(x, y, 32);
    const fromCovariances = frechetDistance(momentsOf(x, 32), momentsOf(y, 32));
    expect('factor' in gaussianOf(x, 32)).toBe(true);
    expect(Math.abs(fromFactors - fromCovariances)).toBeLessThan(1e-6 * fromFactors);
  });

  it('does not depend on the order of the samples', () => {
    const [x, y] = [features(20, d, 1), features(20, d, 2)];
    const reversed = Float64Array.from(x, (_, at) => x[(19 - Math.floor(at / d)) * d + (at % d)]!);
    expect(distance(reversed, y, d)).toBeCloseTo(distance(x, y, d), 10);
  });
});

describe('refusals', () => {
  const gaussian = (d: number, value = 1): Gaussian => ({
    mean: new Float64Array(d),
    covariance: diagonal(new Array<number>(d).fill(value)),
  });

  it('names both dimensions where they differ', () => {
    expect(() => frechetDistance(gaussian(3), gaussian(4))).toThrow('3 and 4 features');
  });

  it.each([NaN, Infinity])('refuses %d in the statistics', (value) => {
    expect(() => frechetDistance(gaussian(2), gaussian(2, value))).toThrow(UserError);
  });
});
