// Tables of plain numbers, for the CSV beside a plot.
import { formatSignificant } from '../report/table/number-format.ts';
import { textCell } from '../report/table/cells.ts';
import type { Cell, ResultsTable } from '../report/table/table.ts';

/** Digits that survive float32 arithmetic and are the same on every machine. */
const digits = 6;

/** A table with a column for each name; a value that is undefined is left empty. */
export function numberTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
  notes: readonly string[] = [],
): ResultsTable {
  return {
    title,
    columns: columns.map((key, i) => ({
      key,
      title: key.replaceAll('_', ' '),
      align: typeof rows[0]?.[i] === 'string' ? 'left' : 'right',
    })),
    rows: rows.map((row) => row.map(cellOf)),
    notes: notes.map((text) => ({ text })),
  };
}

function cellOf(value: string | number | undefined): Cell {
  if (value === undefined) return { text: '–', value: null };
  if (typeof value === 'string') return textCell(value);
  const text = Number.isInteger(value) ? String(value) : formatSignificant(value);
  return { text, value: Number(value.toPrecision(digits)) };
}
