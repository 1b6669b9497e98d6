// The models, cells and floors of compared results under the names that they share.
import type { ComparedResults } from '../../results/comparison.ts';
import type { ModelResult } from '../../results/manifest.ts';
import { doneModels } from '../../results/sweep-manifest.ts';
import { experimentRows, floorRow, unfinishedModels } from './experiment-table.ts';
import type { Row, Unfinished } from './row.ts';
import { sweepRows } from './sweep-rows.ts';
import { unfinishedRuns } from './sweep-table.ts';

export interface ComparedRow {
  readonly row: Row;
  /** What curves and spectra are drawn of; one for each seed that is done. */
  readonly models: readonly ModelResult[];
}

/** What goes by one name in the results. */
export interface ComparedName {
  readonly name: string;
  /** In the order of the results; undefined in those that have nothing of this name. */
  readonly rows: readonly (ComparedRow | undefined)[];
}

/** By name, in order of appearance. */
export function comparedNames(results: readonly ComparedResults[]): ComparedName[] {
  const all = results.map(rowsOf);
  const names = new Set(all.flatMap((rows) => rows.map(({ row }) => row.name)));
  return [...names].map((name) => ({
    name,
    rows: all.map((rows) => rows.find(({ row }) => row.name === name)),
  }));
}

function rowsOf(results: ComparedResults): ComparedRow[] {
  const { floors = [] } = results.manifest;
  const floorRows = floors.map((floor) => ({ row: floorRow(floor), models: [] }));
  if (results.kind === 'experiment')
    return [
      ...floorRows,
      ...experimentRows(results.manifest.models).map((row) => ({
        row,
        models: row.facts ? [row.facts] : [],
      })),
    ];
  const { teachers, cells } = sweepRows(results.manifest);
  return [
    ...floorRows,
    ...teachers.map((row) => ({ row, models: row.facts ? [row.facts] : [] })),
    ...cells.map((row) => ({ row, models: doneModels(row.cell) })),
  ];
}

/** What is not done in any of the results. */
export function comparedUnfinished(results: readonly ComparedResults[]): Unfinished[] {
  return results.flatMap((one) =>
    (one.kind === 'experiment' ? unfinishedModels(one.manifest.models) : unfinishedRuns(one.manifest)).map(
      (unfinished) => ({ ...unfinished, name: `${unfinished.name} (${one.label})` }),
    ),
  );
}
