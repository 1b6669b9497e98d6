import { describe, expect, it } from 'vitest';
import { implicitQl } from '../../../src/linalg/tridiagonal.ts';
import { largestDifference } from '../../support/random-matrix.ts';

/** Eigenvalues, ascending, of the symmetric matrix with `diagonal` and `beside` it. */
function eigenvalues(diagonal: readonly number[], beside: readonly number[]): Float64Array {
  const values = Float64Array.from(diagonal);
  implicitQl(values, Float64Array.from([...beside, NaN])); // the last entry is scratch
  return values.sort();
}

describe('implicitQl', () => {
  it.each([1, 2, 3, 50])('gives the second difference of order %i its eigenvalues', (n) => {
    const exact = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    const found = eigenvalues(new Array<number>(n).fill(2), new Array<number>(n - 1).fill(-1));
    expect(largestDifference(found, exact)).toBeLessThan(1e-13);
  });

  it('leaves a diagonal matrix as it is', () => {
    expect([...eigenvalues([3, 1, 2], [0, 0])]).toEqual([1, 2, 3]);
    expect([...eigenvalues([0, 0, 0, 0], [0, 0, 0])]).toEqual([0, 0, 0, 0]);
    const none = new Float64Array(0);
    implicitQl(none, none);
    expect(none).toHaveLength(0);
  });

  it('keeps the trace and the squared norm', () => {
    const diagonal = Array.from({ length: 70 }, (_, i) => Math.sin(3 * i));
    const beside = Array.from({ length: 69 }, (_, i) => Math.cos(5 * i));
    const values = eigenvalues(diagonal, beside);
    const sum = (numbers: ArrayLike<number>, of: (x: number) => number): number =>
      Array.from(numbers).reduce((total, x) => total + of(x), 0);
    expect(sum(values, (x) => x)).toBeCloseTo(
      sum(diagonal, (x) => x),
      10,
    );
    expect(sum(values, (x) => x * x)).toBeCloseTo(
      sum(diagonal, (x) => x * x) + 2 * sum(beside, (x) => x * x),
      10,
    );
  });

  it('refuses a matrix that is not finite', () => {
    expect(() => eigenvalues([NaN, NaN], [NaN])).toThrow('not finite');
  });
});
