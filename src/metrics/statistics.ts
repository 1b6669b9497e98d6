// Mean and spread of a few numbers, in float64.

export interface MeanSd {
  readonly mean: number;
  /** Sample standard deviation (n - 1); absent for a single value. */
  readonly sd?: number;
  readonly n: number;
}

/** Mean and spread of `values`, undefined for none. Their order does not matter to the last digit. */
export function meanSd(values: readonly number[]): MeanSd | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, n };
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)), n };
}

/** A mean, or a ratio of means, and its standard error; absent for a single sample. */
export interface Estimate {
  readonly value: number;
  readonly error?: number;
}

/** Mean over samples. */
export function meanEstimate(values: readonly number[]): Estimate {
  const { mean, sd, n } = meanSd(values) ?? { mean: NaN, n: 0 };
  return { value: mean, ...(sd === undefined ? {} : { error: sd / Math.sqrt(n) }) };
}

/**
 * mean(a) / mean(b) of the same samples. Its error is that of the mean of a - ratio b, over mean(b) (the ratio estimator
 * of survey sampling): what makes a sample hard for both cancels.
 */
export function pairedRatio(a: readonly number[], b: readonly number[]): Estimate {
  const [above, below] = [meanEstimate(a).value, meanEstimate(b).value];
  const ratio = above / below;
  const { error } = meanEstimate(a.map((value, i) => value - ratio * b[i]!));
  return { value: ratio, ...(error === undefined ? {} : { error: error / below }) };
}
