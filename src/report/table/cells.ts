// Cells of results tables, by what they show: counts, switches, values over seeds and differences of them.
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
  /** Writes standard deviations. */
  readonly deviation: (value: number) => string;
}

export const significant: Style = { format: formatSignificant, deviation: formatSignificant };

/** One value plain, several as mean ± standard deviation. */
function spreadText({ mean, sd }: MeanSd, { format, deviation }: Style): string {
  return sd === undefined ? format(mean) : `${format(mean)} ± ${deviation(sd)}`;
}

/** Values over seeds with the mark of their card; a single value with the deviation of its estimate, where it has one. */
export function valueCell(
  { values, average, card }: Measured,
  cards: readonly MarkedCard[],
  style: Style,
): Cell {
  const [first] = values;
  const single = values.length === 1 ? first : undefined;
  const own = single?.deviation === undefined ? {} : { sd: single.deviation };
  const mark = cards.find(({ digest }) => digest === card)?.mark;
  return {
    text: spreadText({ ...average, ...own }, style),
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

/** The standard deviation over the seeds, for machines. */
export function deviationCell(row: Row, quantity: Quantity): Cell {
  const measured = measure(row, quantity);
  const sd = measured === 'mixed' ? undefined : measured?.average.sd;
  return sd === undefined ? absent : { text: String(sd), value: tidy(sd) };
}

export function differenceCell(difference: MeanSd | 'mixed' | undefined, style: Style): Cell {
  if (difference === undefined) return absent;
  if (difference === 'mixed') return incomparable;
  return { text: spreadText(difference, style), value: tidy(difference.mean) };
}
