// Numbers as tables print them: counts with the paper's suffixes, ratios, signed differences.

const parameterUnits = ['', 'K', 'M', 'B'] as const;
const macUnits = ['', 'K', 'M', 'G', 'T'] as const;

/** One decimal and the largest unit that keeps at least 1 before the point after rounding. */
function scaled(count: number, units: readonly string[]): string {
  const finest = Math.floor(Math.log10(Math.max(count, 1)) / 3 + 1e-12);
  const power = Math.min(units.length - 1, finest);
  if (power === 0) return String(count);
  const text = (count / 1000 ** power).toFixed(1);
  const next = units[power + 1];
  return text === '1000.0' && next !== undefined ? `1.0${next}` : `${text}${units[power]!}`;
}

/** 274056163 -> '274.1M'. */
export function formatParams(count: number): string {
  return scaled(count, parameterUnits);
}

/** 96058000000 -> '96.1G'. */
export function formatMacs(count: number): string {
  return scaled(count, macUnits);
}

/** How many times smaller: '13.0×'. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(1)}×`;
}

/** A difference with its sign, a true minus, and no negative zero. */
export function formatSigned(difference: number, digits: number): string {
  const text = Math.abs(difference).toFixed(digits);
  if (Number(text) === 0) return text;
  return difference < 0 ? `\u2212${text}` : `+${text}`;
}

/** Three significant digits without exponent between 0.001 and 10000. */
export function formatSignificant(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 0.001 || magnitude >= 10_000)) return value.toExponential(2);
  return magnitude === 0 ? '0' : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(magnitude))));
}
