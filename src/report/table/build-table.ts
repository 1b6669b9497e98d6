// A table from its frame.
import { columnsFor } from './columns.ts';
import { notesOf } from './notes.ts';
import type { Frame } from './row.ts';
import type { ResultsTable } from './table.ts';

/** Holds no dates, paths or timings: the same frame gives the same table. */
export function tableOf(frame: Frame): ResultsTable {
  const specs = columnsFor(frame);
  return {
    title: frame.title,
    columns: specs.map(({ key, title, align, machineOnly }) => ({
      key,
      title,
      align,
      ...(machineOnly === undefined ? {} : { machineOnly }),
    })),
    rows: frame.rows.map((row) => specs.map(({ cell }) => cell(row, frame))),
    notes: notesOf(frame),
  };
}
