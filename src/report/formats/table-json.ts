// A results table as JSON: one object per row, by column key.
import type { ResultsTable } from '../table/table.ts';
import { formatJson } from './json.ts';

export function formatTableJson({ columns, rows, notes, title }: ResultsTable): string {
  const objects = rows.map((cells) =>
    Object.fromEntries(columns.map(({ key }, i) => [key, cells[i]!.value])),
  );
  return formatJson({ experiment: title, rows: objects, notes: notes.map(({ text }) => text) });
}
