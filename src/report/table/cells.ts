// Cells of results tables, by what they show: counts, switches, values over seeds and differences of them.
import { halfWidth } from '../../metrics/confidence.ts';
import type { MeanSd } from '../../metrics/statistics.ts';
import type { MarkedCard } from './cards.ts';
import { measure, type Measured, type Quantity } from './measured.ts';
import { formatRatio, formatSignificant } from './number-format.ts';
import type { Row } from './row.ts';
import type { Cell } from './table.ts';

export const absent: Cell = { text: '–', value: null };
export const incomparable: Cell = { text: 'n/c', value: null };

/** A text that is its own value. */
export function textCell(value: string): Cell {
  return { text: value, value };
}

export function switchCell(on: boolean | undefined): Cell {
  return on === undefined ? absent : { text: on ? '✓' : '', value: on };
}

/** A count, and how many times smaller than `of` it is. */
export function sizeCell(count: number, of: number | undefined, format: (n: number) => string): Cell {
  const ratio = of === undefined ? '' : ` (${formatRatio(of / count)})`;
  return { text: `${format(count)}${ratio}`, value: count };
}

/** Binary noise of sums and differences would otherwise show in the CSV. */
const tidy = (value: number): number => Number(value.toPrecision(12));

export interface Style {
  readonly format: (value: number) => string;
  /** Writes half-widths of intervals and standard deviations. */
  readonly spread: (value: number) => string;
}

export const significant: Style = { format: formatSignificant, spread: formatSignificant };

/** A value plain, or with what stands behind its ±. */
function withSpread(value: number, around: number | undefined, { format, spread }: Style): string {
  return around === undefined ? format(value) : `${format(value)} ± ${spread(around)}`;
}

/**
 * Values over seeds, mean ± half-width of its 95 % interval, with the mark of their card; a single value with the
 * deviation of its estimate, where it has one.
 */
export function valueCell(
  { values, average, card }: Measured,
  cards: readonly MarkedCard[],
  style: Style,
): Cell {
  const [first] = values;
  const single = values.length === 1 ? first : undefined;
  const around = single ? single.deviation : halfWidth(average);
  const mark = cards.find(({ digest }) => digest === card)?.mark;
  return {
    text: withSpread(average.mean, around, style),
    value: single ? single.value : tidy(average.mean),
    ...(mark === undefined ? {} : { mark }),
  };
}

/** The values of a row over its seeds, or that there are none or cannot be averaged. */
export function measuredCell(row: Row, cards: readonly MarkedCard[], quantity: Quantity, style: Style): Cell {
  const measured = measure(row, quantity);
  if (measured === undefined) return absent;
  return measured === 'mixed' ? incomparable : valueCell(measured, cards, style);
}

/** A number for machines. */
export function numberCell(value: number | undefined): Cell {
  return value === undefined ? absent : { text: String(value), value: tidy(value) };
}

/** The standard deviation over the seeds, for machines. */
export function deviationCell(row: Row, quantity: Quantity): Cell {
  const measured = measure(row, quantity);
  return numberCell(measured === 'mixed' ? undefined : measured?.average.sd);
}

export function differenceCell(difference: MeanSd | 'mixed' | undefined, style: Style): Cell {
  if (difference === undefined) return absent;
  if (difference === 'mixed') return incomparable;
  return { text: withSpread(difference.mean, halfWidth(difference), style), value: tidy(difference.mean) };
}
