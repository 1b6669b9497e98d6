// The table of a sweep: teachers first, then one row per cell, with the mean over its seeds and its interval, and the
// difference to the baseline paired by seed.
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { tableOf } from './build-table.ts';
import { markedCards } from './cards.ts';
import { floorRow } from './experiment-table.ts';
import type { SweepFrame, Unfinished } from './row.ts';
import { sweepRows, type SweepRows } from './sweep-rows.ts';
import type { ResultsTable } from './table.ts';

/** The same manifest gives the same table. */
export function buildSweepTable(manifest: SweepManifest): ResultsTable {
  const rows = sweepRows(manifest);
  const runs = manifest.cells.flatMap((cell) => cell.runs);
  const { floors = [] } = manifest;
  return tableOf({
    title: manifest.sweep,
    rowTitle: 'Cell',
    rows: [...floors.map(floorRow), ...rows.teachers, ...rows.cells],
    best: rows.best,
    cards: markedCards([...manifest.teachers, ...runs.flatMap(({ model }) => model ?? []), ...floors]),
    unfinished: unfinishedRuns(manifest),
    ...(manifest.paper === undefined ? {} : { paper: manifest.paper.dataset }),
    sweep: sweepFrame(manifest, rows),
  });
}

/** The runs that are not done. */
export function unfinishedRuns({ cells }: SweepManifest): Unfinished[] {
  return cells
    .flatMap(({ runs }) => runs)
    .filter(({ status }) => status !== 'done')
    .map(({ id, status, reason }) => ({
      name: id,
      statusText: status,
      ...(reason === undefined ? {} : { reason }),
    }));
}

function sweepFrame({ axes, seeds, toggles, cells }: SweepManifest, { baselineOf }: SweepRows): SweepFrame {
  const baseline = toggles.length > 0 ? 'with all switches off' : cells[0]?.id;
  const text =
    `Δ baseline: FID minus that of the cell ${baseline}, paired by seed; its effect is shown where the interval excludes 0. ` +
    `Bold: below every other complete cell in the same sense. Intervals are of single differences, not corrected for their number.`;
  return { axes, seeds, baselineOf, ...(cells.length > 1 ? { baselineNote: { text } } : {}) };
}
