// Numbers as tables print them: counts with the paper's suffixes, ratios, signed differences.

const parameterUnits = ['', 'K', 'M', 'B'] as const;
const macUnits = ['', 'K', 'M', 'G', 'T'] as const;
const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

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

/** 1500000 -> '1.5 MB' (decimal units, as disks are sold). */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]!}`;
}

/** How many times smaller: '13.0×'. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(1)}×`;
}

/** A difference with its sign, a true minus, and no negative zero. */
export function formatSigned(difference: number, digits: number): string {
  const text = Math.abs(difference).toFixed(digits);
  return Number(text) === 0 ? text : signed(difference, text);
}

/** The magnitude of `difference` in words or digits, with its sign. */
export function signed(difference: number, magnitude: string): string {
  if (difference === 0) return magnitude;
  return difference < 0 ? `\u2212${magnitude}` : `+${magnitude}`;
}

/**
 * A difference of two values of about `scale`, to four significant digits of them: more would be noise. A difference that
 * these do not show is about 0; whole numbers stay whole.
 */
export function formatDelta(difference: number, scale: number): string {
  if (difference === 0) return '0';
  if (Number.isInteger(difference) && Number.isInteger(scale)) return formatSigned(difference, 0);
  const last = Math.floor(Math.log10(Math.max(scale, Math.abs(difference)))) - 3;
  if (Math.abs(difference) < 10 ** last / 2) return '≈ 0';
  if (last >= -6 && last <= 1) return formatSigned(difference, Math.max(0, -last));
  return signed(difference, Math.abs(difference).toExponential(1));
}

/** Three significant digits without exponent between 0.001 and 10000. */
export function formatSignificant(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 0.001 || magnitude >= 10_000)) return value.toExponential(2);
  return magnitude === 0 ? '0' : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(magnitude))));
}
