// Squared Euclidean distances between the rows of two sets of features, a bounded number of rows at a time.
import { matmul } from '../linalg/matmul.ts';
import { rowRange, type FeatureRows } from './feature-rows.ts';

/** Bound memory: 256 x 4,096 products, and as many rows in float64, are 75 MB at 2,048 features. */
const rowsAtOnce = 256;
const columnsAtOnce = 4096;

/** Shows the squared distances of each row of `a` to all rows of `b`; the array is reused. */
export function forEachRow(
  a: FeatureRows,
  b: FeatureRows,
  visit: (distances: Float64Array, row: number) => void,
): void {
  const [normsA, normsB] = [squaredNorms(a), squaredNorms(b)];
  const slabs = new Float64Array(Math.min(rowsAtOnce, a.rows) * b.rows);
  for (let start = 0; start < a.rows; start += rowsAtOnce) {
    const slab = rowRange(a, start, Math.min(a.rows, start + rowsAtOnce));
    for (let from = 0; from < b.rows; from += columnsAtOnce) {
      const others = rowRange(b, from, Math.min(b.rows, from + columnsAtOnce));
      const products = matmul(slab, others, { transposeB: true }).data;
      for (let i = 0; i < slab.rows; i++) {
        for (let j = 0; j < others.rows; j++) {
          const squared = normsA[start + i]! + normsB[from + j]! - 2 * products[i * others.rows + j]!;
          slabs[i * b.rows + from + j] = Math.max(0, squared);
        }
      }
    }
    for (let i = 0; i < slab.rows; i++) visit(slabs.subarray(i * b.rows, (i + 1) * b.rows), start + i);
  }
}

function squaredNorms({ rows, cols, data }: FeatureRows): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) norms[i]! += data[i * cols + j]! ** 2;
  return norms;
}
