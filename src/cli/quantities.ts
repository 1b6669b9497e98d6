// Sizes, operations and hours as tables for a terminal print them.
import { formatSignificant } from '../report/table/number-format.ts';

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1500000 -> '1.5 MB' (decimal units, as disks are sold). */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]!}`;
}

/** Three digits and no exponent: '0.0123', '4.56', '12,346'. */
export function formatAmount(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  if (value !== 0 && value < 0.001) return '<0.001';
  return formatSignificant(value);
}
