import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../../src/linalg/matrix.ts';
import { kernelDistance, squaredMmd } from '../../../src/metrics/kernel-distance.ts';
import { permutation } from '../../../src/rng/noise.ts';
import { gaussianMatrix } from '../../support/random-matrix.ts';

function row(x: Matrix, i: number): Float64Array {
  return x.data.subarray(i * x.cols, (i + 1) * x.cols);
}

/** Unbiased squared MMD, pair by pair (Gretton et al. 2012, eq. 3). */
function byDefinition(a: Matrix, b: Matrix): number {
  const kernel = (x: Float64Array, y: Float64Array): number =>
    (x.reduce((sum, v, k) => sum + v * y[k]!, 0) / a.cols + 1) ** 3;
  const mean = (x: Matrix, y: Matrix, distinct: boolean): number => {
    let [sum, pairs] = [0, 0];
    for (let i = 0; i < x.rows; i++)
      for (let j = 0; j < y.rows; j++) {
        if (distinct && i === j) continue;
        sum += kernel(row(x, i), row(y, j));
        pairs++;
      }
    return sum / pairs;
  };
  return mean(a, a, true) + mean(b, b, true) - 2 * mean(a, b, false);
}

const sizes = fc.integer({ min: 2, max: 30 });

describe('squaredMmd', () => {
  it('follows the definition', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: 1, max: 99 }), (n, m, seed) => {
        const [a, b] = [gaussianMatrix(n, 7, seed), gaussianMatrix(m, 7, seed + 100)];
        expect(squaredMmd(a, b)).toBeCloseTo(byDefinition(a, b), 10);
      }),
      { numRuns: 40 },
    );
  });

  it('of two points against two: worked by hand', () => {
    // k(0, 0) = 1, k(1, 1) = 8, k(0, 1) = 1 in one dimension: within 1 and 8, between 1.
    const zeros = matrix(2, 1, Float64Array.of(0, 0));
    const ones = matrix(2, 1, Float64Array.of(1, 1));
    expect(squaredMmd(zeros, ones)).toBe(1 + 8 - 2);
  });

  it('is symmetric and unbiased: it averages to zero over draws of one distribution', () => {
    const draws = Array.from({ length: 200 }, (_, i) => {
      const [a, b] = [gaussianMatrix(10, 4, 2 * i + 1), gaussianMatrix(10, 4, 2 * i + 2)];
      expect(squaredMmd(b, a)).toBeCloseTo(squaredMmd(a, b), 12);
      return squaredMmd(a, b);
    });
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length);
    expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(draws.length));
    expect(Math.min(...draws)).toBeLessThan(0);
  });
});

describe('kernelDistance', () => {
  const [a, b] = [gaussianMatrix(60, 6, 1), gaussianMatrix(50, 6, 2)];
  const options = { subsets: 10, subsetSize: 20, seed: 3 };

  it('is the distance of the sets where a subset is all of them', () => {
    const [x, y] = [gaussianMatrix(20, 6, 1), gaussianMatrix(20, 6, 2)];
    const { mean, std } = kernelDistance(x, y, options);
    expect(mean).toBeCloseTo(squaredMmd(x, y), 12);
    expect(std).toBeLessThan(1e-12);
  });

  it('depends on the seed alone', () => {
    const first = kernelDistance(a, b, options);
    expect(kernelDistance(a, b, options)).toEqual(first);
    expect(kernelDistance(a, b, { ...options, seed: 4 })).not.toEqual(first);
    expect(first.std).toBeGreaterThan(0);
  });

  it.each([
    ['pairs that subsets share', 10],
    ['pairs of a single subset', 1],
  ])('is the mean over subsets that are compared one by one, to the last bit: %s', (_, subsets) => {
    const rowsOf = (x: Matrix, stream: string, i: number): Matrix => {
      const drawn = [...permutation(3, stream, i, x.rows)].slice(0, 20);
      return matrix(20, x.cols, Float64Array.from(drawn.flatMap((at) => [...row(x, at)])));
    };
    const values = Array.from({ length: subsets }, (_, i) =>
      squaredMmd(rowsOf(a, 'kid/a', i), rowsOf(b, 'kid/b', i)),
    );
    const { mean } = kernelDistance(a, b, { ...options, subsets });
    expect(mean).toBe(values.reduce((sum, x) => sum + x, 0) / subsets);
  });

  it('takes float32 features as they are', () => {
    const data = Float32Array.from(a.data);
    const single = kernelDistance({ ...a, data }, b, options);
    expect(single).toEqual(kernelDistance({ ...a, data: Float64Array.from(data) }, b, options));
  });

  it('grows as sets move apart', () => {
    const moved = (by: number): Matrix => ({ ...b, data: b.data.map((x) => x + by) });
    const distances = [0, 0.5, 1, 2].map((by) => kernelDistance(a, moved(by), options).mean);
    expect(distances).toEqual(distances.toSorted((x, y) => x - y));
  });

  it('refuses subsets larger than a set, and says what fits', () => {
    expect(() => kernelDistance(a, b, { ...options, subsetSize: 51 })).toThrow(
      expect.objectContaining({ hint: 'use a subset size from 2 to 50' }) as Error,
    );
  });
});
