import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { matrix, type Matrix } from '../../../src/linalg/matrix.ts';
import { precisionRecall } from '../../../src/metrics/precision-recall.ts';
import { gaussianMatrix } from '../../support/random-matrix.ts';

// One test compares thousands of rows: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Points on a line. */
function line(...points: number[]): Matrix {
  return matrix(points.length, 1, Float64Array.from(points));
}

/** Precision by its definition (Kynkaanniemi et al. 2019, eqs. 1-2). */
function byDefinition(reference: Matrix, generated: Matrix, k: number): number {
  const distance = (a: Matrix, i: number, b: Matrix, j: number): number => {
    let sum = 0;
    for (let c = 0; c < a.cols; c++) sum += (a.data[i * a.cols + c]! - b.data[j * b.cols + c]!) ** 2;
    return Math.sqrt(sum);
  };
  const rows = (x: Matrix): number[] => Array.from({ length: x.rows }, (_, i) => i);
  const radii = rows(reference).map((i) => {
    const others = rows(reference).filter((j) => j !== i);
    return others.map((j) => distance(reference, i, reference, j)).sort((a, b) => a - b)[k - 1]!;
  });
  const inside = rows(generated).filter((j) =>
    rows(reference).some((i) => distance(reference, i, generated, j) <= radii[i]!),
  );
  return inside.length / generated.rows;
}

describe('precisionRecall', () => {
  it('follows the definition', () => {
    const sizes = fc.integer({ min: 5, max: 40 });
    fc.assert(
      fc.property(
        sizes,
        sizes,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 99 }),
        (n, m, k, seed) => {
          const [a, b] = [gaussianMatrix(n, 3, seed), gaussianMatrix(m, 3, seed + 100)];
          expect(precisionRecall(a, b, k)).toEqual({
            precision: byDefinition(a, b, k),
            recall: byDefinition(b, a, k),
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts points on a line', () => {
    // Balls of the reference with k = 1: [-1, 1], [0, 2], [9, 11], [10, 12].
    const reference = line(0, 1, 10, 11);
    const generated = line(0.5, 1.9, 5, 20);
    expect(precisionRecall(reference, generated, 1).precision).toBe(0.5);
  });

  it('is one for a set with itself and zero for sets far apart', () => {
    const a = gaussianMatrix(30, 8, 1);
    const far = { ...a, data: a.data.map((x) => x + 1e3) };
    expect(precisionRecall(a, a)).toEqual({ precision: 1, recall: 1 });
    expect(precisionRecall(a, far)).toEqual({ precision: 0, recall: 0 });
  });

  it('tells a collapsed generator from a scattered one', () => {
    const reference = gaussianMatrix(100, 4, 1);
    const collapsed = gaussianMatrix(100, 4, 2);
    collapsed.data.forEach((x, at) => (collapsed.data[at] = 0.05 * x));
    const { precision, recall } = precisionRecall(reference, collapsed);
    expect(precision).toBe(1);
    expect(recall).toBeLessThan(0.1);
  });

  it('does not depend on how many rows are compared at once', () => {
    const [a, b] = [gaussianMatrix(600, 2, 1), gaussianMatrix(5000, 2, 2)];
    const swapped = precisionRecall(b, a);
    const { precision, recall } = precisionRecall(a, b);
    expect([swapped.precision, swapped.recall]).toEqual([recall, precision]);
    const last = { rows: 1, cols: 2, data: b.data.subarray(4999 * 2) };
    expect(
      precisionRecall(a, {
        ...b,
        rows: 4,
        data: new Float64Array([...last.data, ...last.data, 99, 99, 98, 98]),
      }).precision,
    ).toBe(byDefinition(a, last, 3) / 2);
  });

  it('refuses sets that are too small for k', () => {
    expect(() => precisionRecall(line(1, 2, 3), line(1, 2, 3, 4), 3)).toThrow(
      'need more than 3 samples, got 3',
    );
  });
});
