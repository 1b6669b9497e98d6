// A results table as JSON: one object per row, by column key.
import type { Cell, ResultsTable } from '../table/table.ts';
import { formatJson } from './json.ts';

export function formatTableJson(table: ResultsTable): string {
  const { title, notes } = table;
  return formatJson({ experiment: title, rows: tableObjects(table), notes: notes.map(({ text }) => text) });
}

/** The rows, those columns included that only machines see. */
export function tableObjects({ columns, rows }: ResultsTable): Readonly<Record<string, Cell['value']>>[] {
  return rows.map((cells) => Object.fromEntries(columns.map(({ key }, i) => [key, cells[i]!.value])));
}
