// Operations and hours as tables for a terminal print them.
import { formatSignificant } from '../report/table/number-format.ts';

/** Three digits and no exponent: '0.0123', '4.56', '12,346'. */
export function formatAmount(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  if (value !== 0 && value < 0.001) return '<0.001';
  return formatSignificant(value);
}
