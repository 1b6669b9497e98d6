// Dense float64 matrices, row-major in one flat array: what statistics are computed in.
import { InvariantError } from '../errors.ts';

/** `data[r * cols + c]`, length rows * cols. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** Wraps `data` (or zeros) as rows x cols. */
export function matrix(rows: number, cols: number, data = new Float64Array(rows * cols)): Matrix {
  if (data.length !== rows * cols)
    throw new InvariantError(`${data.length} numbers for a ${rows}x${cols} matrix`);
  return { rows, cols, data };
}

export function transpose(a: Matrix): Matrix {
  const out = new Float64Array(a.data.length);
  for (let r = 0; r < a.rows; r++) {
    for (let c = 0; c < a.cols; c++) out[c * a.rows + r] = a.data[r * a.cols + c]!;
  }
  return { rows: a.cols, cols: a.rows, data: out };
}

/** Sum of the diagonal of a square matrix. */
export function trace(a: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.rows; i++) sum += a.data[i * a.cols + i]!;
  return sum;
}
