// Feature vectors of many images. They are kept in float32, as networks give them; what is computed from them is
// float64, a bounded number of rows at a time.
import type { Matrix } from '../linalg/matrix.ts';

/** `data[r * cols + c]`, length rows * cols: one row per image. */
export interface FeatureRows {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
}

/** Rows `from` to `to` (exclusive) in float64. */
export function rowRange({ cols, data }: FeatureRows, from: number, to: number): Matrix {
  const part = data.subarray(from * cols, to * cols);
  return {
    rows: to - from,
    cols,
    data: part instanceof Float64Array ? part : Float64Array.from(part),
  };
}
