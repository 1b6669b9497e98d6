import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchNormal, integers, normal, permutation, uniform } from '../../../src/rng/noise.ts';

const index = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('normal', () => {
  it('keeps its bits from release to release', () => {
    expect([...normal(1, 'frozen', 2, 3, 5)]).toEqual(
      [
        0.35176846385002136, 2.299564838409424, 1.770609736442566, -0.03820953518152237, -0.22983962297439575,
      ].map(Math.fround),
    );
  });

  it('has the moments of a standard normal', () => {
    const n = 400_000;
    const z = normal(7, 'moments', 0, 0, n);
    const moment = (p: number) => z.reduce((sum, x) => sum + x ** p, 0) / n;
    // Five standard errors: Var z = 1, Var z^2 = 2, Var z^3 = 15, Var z^4 = 96.
    const within = (variance: number) => 5 * Math.sqrt(variance / n);
    expect(Math.abs(moment(1))).toBeLessThan(within(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(within(2));
    expect(Math.abs(moment(3))).toBeLessThan(within(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(within(96));
  });

  it('has the distribution function of a standard normal (Kolmogorov-Smirnov)', () => {
    const n = 100_000;
    const z = Float64Array.from(normal(8, 'ks', 0, 0, n)).sort();
    const gap = z.reduce((max, x, i) => Math.max(max, Math.abs(normalCdf(x) - (i + 0.5) / n)), 0);
    expect(gap).toBeLessThan(1.95 / Math.sqrt(n)); // p = 0.001
  });

  it('gives independent values at neighbouring addresses', () => {
    const n = 100_000;
    const base = normal(1, 'a', 5, 5, n);
    const others = [
      normal(2, 'a', 5, 5, n),
      normal(1, 'b', 5, 5, n),
      normal(1, 'a', 6, 5, n),
      normal(1, 'a', 5, 6, n),
    ];
    for (const other of others) {
      const correlation = base.reduce((sum, x, i) => sum + x * other[i]!, 0) / n;
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
    }
  });

  it('starts the same however many are drawn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (n) => {
        expect(normal(3, 'prefix', 1, 1, n)).toEqual(normal(3, 'prefix', 1, 1, 41).subarray(0, n));
      }),
    );
  });

  it('refuses addresses past 32 bits', () => {
    expect(() => normal(1, 'a', 2 ** 32, 0, 1)).toThrow('step');
    expect(() => normal(1, 'a', 0, -1, 1)).toThrow('index');
  });
});

describe('batchNormal', () => {
  it('does not depend on how samples are batched', () => {
    fc.assert(
      fc.property(fc.array(index, { maxLength: 9 }), fc.integer({ min: 1, max: 11 }), (indices, n) => {
        const rows = indices.flatMap((i) => [...normal(4, 'batch', 9, i, n)]);
        expect([...batchNormal(4, 'batch', 9, indices, n)]).toEqual(rows);
      }),
    );
  });
});

describe('uniform', () => {
  it('fills [0, 1) evenly', () => {
    const n = 200_000;
    const u = uniform(5, 'uniform', 0, 0, n);
    const cells = new Float64Array(20);
    for (const x of u) cells[Math.floor(x * 20)]! += 1;
    const chiSquared = cells.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    expect(chiSquared).toBeLessThan(43.8); // 19 degrees of freedom, p = 0.001
    expect(Math.min(...u.subarray(0, 1000))).toBeGreaterThanOrEqual(0);
  });
});

describe('integers', () => {
  it('are uniform below a bound that does not divide 2^32', () => {
    const n = 70_000;
    const counts = new Float64Array(7);
    for (const k of integers(6, 'integers', 0, 0, n, 7)) counts[k]! += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0);
    expect(chiSquared).toBeLessThan(22.5); // 6 degrees of freedom, p = 0.001
  });

  it('reach the whole range of 32 bits', () => {
    const drawn = integers(6, 'wide', 0, 0, 4000, 2 ** 32);
    expect(Math.max(...drawn)).toBeGreaterThan(0.99 * 2 ** 32);
  });

  it('refuse a bound of zero', () => {
    expect(() => integers(6, 'integers', 0, 0, 1, 0)).toThrow('bound 0');
  });
});

describe('permutation', () => {
  it('holds every index once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), index, (n, epoch) => {
        const sorted = permutation(1, 'order', epoch, n).sort();
        expect([...sorted]).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('gives all orders of three equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = permutation(2, 'order', epoch, 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(20.5); // 5 degrees of freedom, p = 0.001
  });
});

/** Phi(x) by Simpson's rule from 0, good to 1e-9 on [-7, 7]. */
function normalCdf(x: number): number {
  const steps = 60;
  const h = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * h) ** 2) / 2);
  }
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}
