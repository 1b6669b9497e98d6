// What the table, plots and page of a sweep have in common: a row per teacher and cell, which cell each is compared
// with, and which is best.
import type { ModelResult } from '../../results/manifest.ts';
import { baselineOf, type SweepCellResult, type SweepManifest } from '../../results/sweep-manifest.ts';
import { modelRow } from './experiment-table.ts';
import { bestStudent } from './measured.ts';
import type { Row } from './row.ts';

export interface CellRow extends Row {
  readonly cell: SweepCellResult;
}

export interface SweepRows {
  readonly teachers: readonly Row[];
  readonly cells: readonly CellRow[];
  /** The cell that each is compared with: all switches off, same axes; without switches the first cell. */
  readonly baselineOf: (row: Row) => CellRow | undefined;
  readonly best: CellRow | undefined;
}

export function sweepRows({ cells, toggles, teachers }: SweepManifest): SweepRows {
  const teacherRows = teachers.map((teacher, index) =>
    modelRow(teacher, teachers.length > 1 ? `teacher ${index + 1}` : 'teacher'),
  );
  const rows = cells.map((cell) => cellRow(cell, teacherRows));
  const baselineRow = (row: Row): CellRow | undefined => {
    const own = rows.find((one) => one === row);
    const baseline = own && baselineOf(own.cell, cells, toggles);
    return rows.find(({ cell }) => cell === baseline);
  };
  const best = bestStudent<Row>([...teacherRows, ...rows]);
  return {
    teachers: teacherRows,
    cells: rows,
    baselineOf: baselineRow,
    best: rows.find((row) => row === best),
  };
}

function cellRow(cell: SweepCellResult, teachers: readonly Row[]): CellRow {
  const facts = cell.runs.find(({ model }) => model)?.model;
  const teacher = cell.teacher === undefined ? undefined : teachers[cell.teacher];
  const status = statusOf(cell);
  return {
    cell,
    name: cell.id,
    role: 'student',
    status,
    statusText: status,
    ...(facts ? { facts } : {}),
    switches: { ...switchesOf(facts), ...cell.toggles },
    axes: new Map(cell.axes.map(({ key, value }) => [key, value] as const)),
    runs: cell.runs.flatMap(({ seed, status: ended, model }) =>
      ended === 'done' && model ? [{ seed, model }] : [],
    ),
    wanted: cell.runs.length,
    ...(teacher ? { teacher } : {}),
  };
}

function switchesOf(model: ModelResult | undefined): Row['switches'] {
  if (model === undefined) return {};
  const { waveletGating, spatial, freq } = model;
  return { waveletGating, spatial, freq };
}

function statusOf({ runs }: SweepCellResult): string {
  if (runs.every(({ status }) => status === 'done')) return 'done';
  const failed = runs.filter(({ status }) => status === 'failed').length;
  if (failed > 0) return failed === runs.length ? 'failed' : 'partly failed';
  return 'missing';
}
