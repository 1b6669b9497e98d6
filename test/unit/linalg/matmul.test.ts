import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matmul } from '../../../src/linalg/matmul.ts';
import { matrix, transpose, type Matrix } from '../../../src/linalg/matrix.ts';
import { gaussianMatrix, largestDifference } from '../../support/random-matrix.ts';

function naive(a: Matrix, b: Matrix): Float64Array {
  const out = new Float64Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      for (let k = 0; k < a.cols; k++)
        out[i * b.cols + j]! += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!;
    }
  }
  return out;
}

const extent = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(63, 64, 65, 70));
const depth = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(255, 256, 257, 300));

describe('matmul', () => {
  it('equals the triple loop for every edge of the blocking and every transposition', () => {
    fc.assert(
      fc.property(extent, depth, extent, fc.boolean(), fc.boolean(), (m, k, n, transposeA, transposeB) => {
        const [a, b] = [gaussianMatrix(m, k, 1), gaussianMatrix(k, n, 2)];
        const product = matmul(transposeA ? transpose(a) : a, transposeB ? transpose(b) : b, {
          transposeA,
          transposeB,
        });
        expect([product.rows, product.cols]).toEqual([m, n]);
        expect(largestDifference(product.data, naive(a, b))).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('mirrors symmetric products exactly', () => {
    for (const n of [1, 5, 64, 67, 130]) {
      const x = gaussianMatrix(20, n, n);
      const half = matmul(x, x, { transposeA: true, symmetric: true });
      expect(largestDifference(half.data, matmul(x, x, { transposeA: true }).data)).toBeLessThan(1e-12);
      expect(largestDifference(half.data, transpose(half).data)).toBe(0);
    }
  });

  it('refuses operands that do not fit', () => {
    expect(() => matmul(matrix(2, 3), matrix(2, 3))).toThrow('product of 2x3 and 2x3');
  });
});
