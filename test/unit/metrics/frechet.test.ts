// The Frechet distance against scipy's numbers, closed forms, and the laws that any such distance obeys.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix, type Matrix } from '../../../src/linalg/matrix.ts';
import { frechetDistance, frechetParts, gaussianOf, type Gaussian } from '../../../src/metrics/frechet.ts';
import { momentsOf } from '../../../src/metrics/moments.ts';
import { normal } from '../../../src/rng/noise.ts';
import { get, goldenTensors } from '../../support/golden.ts';
import { matrixOfSingularValues, semidefiniteMatrix } from '../../support/random-matrix.ts';

/** Features [n, d], correlated and shifted by the seed. */
function features(n: number, d: number, seed: number): Float64Array<ArrayBuffer> {
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
  const three = (x: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
    fc.array(x, { minLength: 3, maxLength: 3 });
  const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  const mean = three(between(-5, 5));
  const gaussian = (mu: readonly number[], deviations: readonly number[]): Gaussian => ({
    mean: Float64Array.from(mu),
    covariance: diagonal(deviations.map((x) => x * x)),
  });
  /** Sum of squared differences of means and of deviations: the distance of two diagonal Gaussians. */
  const diagonalDistance = (muA: number[], muB: number[], a: number[], b: number[]): number =>
    muA.reduce((sum, m, i) => sum + (m - muB[i]!) ** 2 + (a[i]! - b[i]!) ** 2, 0);

  it('diagonal Gaussians, each deviation zero or well above rounding', () => {
    const deviations = three(
      fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 5, arbitrary: between(1e-3, 10) }),
    );
    fc.assert(
      fc.property(mean, mean, deviations, deviations, (muA, muB, a, b) => {
        const found = frechetDistance(gaussian(muA, a), gaussian(muB, b));
        const size = diagonalDistance(
          muA,
          muB,
          a.map((x) => -x),
          b,
        ); // no term cancels
        expect(Math.abs(found - diagonalDistance(muA, muB, a, b))).toBeLessThanOrEqual(1e-14 * size);
      }),
    );
  });

  it('diagonal Gaussians of any deviations: off by what lies below the numerical rank, no more', () => {
    const deviations = three(between(0, 10));
    const belowRank = (s: number[]): number => Math.sqrt(3 * Number.EPSILON) * Math.max(...s);
    fc.assert(
      fc.property(mean, mean, deviations, deviations, (muA, muB, a, b) => {
        const found = frechetDistance(gaussian(muA, a), gaussian(muB, b));
        const lost = a.reduce((sum, _, i) => {
          const counted = a[i]! > belowRank(a) && b[i]! > belowRank(b);
          return counted ? sum : sum + 2 * a[i]! * b[i]!;
        }, 0);
        const size = diagonalDistance(
          muA,
          muB,
          a.map((x) => -x),
          b,
        );
        expect(Math.abs(found - diagonalDistance(muA, muB, a, b))).toBeLessThanOrEqual(
          1.001 * lost + 1e-14 * size,
        );
      }),
      {
        examples: [
          [
            [0, 0, 0],
            [0, 0, 0],
            [0, 0, 0.9473702409188822],
            [0, 7.943742097647202, 2.63887850460165e-9],
          ],
        ],
      },
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

  it('is that of the directions that features span, where these are few of many', () => {
    const [few, many] = [8, 64];
    const rotation = matrixOfSingularValues(few, many, new Array<number>(few).fill(1), 3);
    const rotated = (x: Float64Array<ArrayBuffer>): Float64Array =>
      matmul(matrix(100, few, x), rotation).data;
    const [x, y] = [features(100, few, 1), features(100, few, 2)];
    expect(distance(rotated(x), rotated(y), many)).toBeCloseTo(distance(x, y, few), 8);
    const [some, others] = [rotated(x).subarray(0, 60 * many), rotated(y).subarray(0, 60 * many)];
    const within = distance(x.subarray(0, 60 * few), y.subarray(0, 60 * few), few);
    expect(distance(some, others, many)).toBeCloseTo(within, 8); // by their factors: fewer images than features
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
