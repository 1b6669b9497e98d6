// The discrete Fourier transform of one-dimensional signals, in float64 and by its definition.

/** Frequencies of a real signal: 0, 1, ..., length / 2. */
export function frequenciesOf(length: number): number {
  return Math.floor(length / 2) + 1;
}

const waves = new Map<number, { readonly cosine: Float64Array; readonly sine: Float64Array }>();

/** cos and sin of 2 pi j / length. */
function waveOf(length: number): { readonly cosine: Float64Array; readonly sine: Float64Array } {
  const known = waves.get(length);
  if (known !== undefined) return known;
  const angles = Float64Array.from({ length }, (_, j) => (2 * Math.PI * j) / length);
  const made = { cosine: angles.map(Math.cos), sine: angles.map(Math.sin) };
  waves.set(length, made);
  return made;
}

/** sum over i of x(i) cos(2 pi k i / n) and x(i) sin(2 pi k i / n), of the n numbers of `values` from `start` on. */
export function project(
  values: ArrayLike<number>,
  start: number,
  n: number,
  k: number,
): readonly [cosine: number, sine: number] {
  const { cosine, sine } = waveOf(n);
  let [alongCosine, alongSine] = [0, 0];
  for (let i = 0; i < n; i++) {
    const at = (k * i) % n;
    alongCosine += values[start + i]! * cosine[at]!;
    alongSine += values[start + i]! * sine[at]!;
  }
  return [alongCosine, alongSine];
}

/** |X(k)| of each signal of `rows` [B, n] at each frequency, row by row: [B, frequencies]. */
export function magnitudes(rows: ArrayLike<number>, n: number): Float64Array {
  const frequencies = frequenciesOf(n);
  const signals = rows.length / n;
  return Float64Array.from({ length: signals * frequencies }, (_, at) => {
    const k = at % frequencies;
    return Math.hypot(...project(rows, ((at - k) / frequencies) * n, n, k));
  });
}

/** Means over the rows of `table`, [B, columns]. */
export function columnMeans(table: Float64Array, columns: number): number[] {
  const rows = table.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += table[row * columns + column]!;
    return sum / rows;
  });
}
