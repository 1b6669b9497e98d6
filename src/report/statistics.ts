// Mean and spread of a few numbers, in float64.

export interface MeanSd {
  readonly mean: number;
  /** Sample standard deviation (n - 1); absent for a single value. */
  readonly sd?: number;
  readonly n: number;
}

/** Of at least one value; undefined for none. Order of the values does not matter to the last digit. */
export function meanSd(values: readonly number[]): MeanSd | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, n };
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)), n };
}
