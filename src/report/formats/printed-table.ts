// The part of a results table that people see.
import type { Cell, Column, ResultsTable } from '../table/table.ts';

/** Leaves out machine-only columns and the cells under them. */
export function printedTable({ columns, rows }: ResultsTable): {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
} {
  const shown = (_: unknown, index: number): boolean => columns[index]!.machineOnly !== true;
  return { columns: columns.filter(shown), rows: rows.map((row) => row.filter(shown)) };
}
