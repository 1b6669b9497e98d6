import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../../src/linalg/matrix.ts';
import { mannWhitneyZ, memorisation } from '../../../src/metrics/memorisation.ts';
import { gaussianMatrix } from '../../support/random-matrix.ts';

function line(...points: number[]): Matrix {
  return matrix(points.length, 1, Float64Array.from(points));
}

/** Rows of `a` with noise of this size added. */
function nearCopies(a: Matrix, count: number, noise: number): Matrix {
  const moved = gaussianMatrix(count, a.cols, 77);
  const data = moved.data.map((x, at) => a.data[at % a.data.length]! + noise * x);
  return matrix(count, a.cols, data);
}

describe('the Mann-Whitney statistic', () => {
  it('counts pairs: its closed form on small sets', () => {
    // U counts the pairs in which a is larger: 1 of 4 and half a tie.
    const z = (u: number, m: number, n: number) => (u - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12);
    expect(mannWhitneyZ([1, 3], [2, 3])).toBeCloseTo(z(1.5, 2, 2), 14);
    expect(mannWhitneyZ([1, 2, 3], [4, 5])).toBeCloseTo(z(0, 3, 2), 14);
    expect(mannWhitneyZ([4, 5], [1, 2, 3])).toBeCloseTo(z(6, 2, 3), 14);
    expect(mannWhitneyZ([7, 7, 7], [7, 7])).toBe(0);
  });

  it('has mean 0 and variance 1 over all orders of distinct values', () => {
    const z: number[] = [];
    for (let chosen = 0; chosen < 1 << 8; chosen++) {
      const a = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (chosen >> bit) & 1);
      if (a.length !== 3) continue;
      z.push(
        mannWhitneyZ(
          a,
          [0, 1, 2, 3, 4, 5, 6, 7].filter((x) => !a.includes(x)),
        ),
      );
    }
    expect(z).toHaveLength(56);
    expect(z.reduce((sum, x) => sum + x, 0) / 56).toBeCloseTo(0, 12);
    expect(z.reduce((sum, x) => sum + x * x, 0) / 56).toBeCloseTo(1, 12);
  });
});

describe('memorisation', () => {
  const training = gaussianMatrix(300, 6, 1);
  const heldOut = gaussianMatrix(200, 6, 2);
  const copyingOf = (generated: Matrix) => memorisation(training, heldOut, generated);

  it('fresh draws are not copies', () => {
    const { copyingZ, authenticity } = copyingOf(gaussianMatrix(200, 6, 3));
    expect(Math.abs(copyingZ)).toBeLessThan(2.5);
    // A fresh draw is as likely to be the nearer as not.
    expect(authenticity).toBeGreaterThan(0.4);
  });

  it('copies of training images are found', () => {
    const { copyingZ, authenticity } = copyingOf(nearCopies(training, 200, 0.01));
    expect(copyingZ).toBeLessThan(-15);
    expect(authenticity).toBe(0);
  });

  it('a share of copies is found, and exact copies too', () => {
    const fresh = gaussianMatrix(100, 6, 3);
    const mixed = matrix(200, 6, Float64Array.from([...fresh.data, ...training.data.subarray(0, 100 * 6)]));
    const { copyingZ, authenticity } = copyingOf(mixed);
    expect(copyingZ).toBeLessThan(-5);
    expect(authenticity).toBeLessThan(0.5);
  });

  it('what lies off the data is no copy', () => {
    const off = gaussianMatrix(200, 6, 3);
    const { copyingZ, authenticity } = copyingOf({ ...off, data: off.data.map((x) => x + 10) });
    expect(copyingZ).toBeGreaterThan(15);
    expect(authenticity).toBe(1);
  });

  it('counts on a line', () => {
    // Own nearest distances of the training points 0, 1, 10, 14: 1, 1, 4, 4.
    const { copyingZ, authenticity } = memorisation(line(0, 1, 10, 14), line(2, 20), line(0.4, 3, 11, 19));
    // 0.4 is 0.4 from 0, 3 is 2 from 1, 11 is 1 from 10, 19 is 5 from 14.
    expect(authenticity).toBe(0.5);
    // Held-out distances 1 and 6; generated 0.4, 2, 1, 5: U = 0 + 1 + 0.5 + 1.
    expect(copyingZ).toBeCloseTo((2.5 - 4) / Math.sqrt((8 * 7) / 12), 12);
  });

  it('refuses sets without anything to compare', () => {
    expect(() => memorisation(line(1), line(2), line(3))).toThrow('1 training, 1 held-out and 1 generated');
  });
});
