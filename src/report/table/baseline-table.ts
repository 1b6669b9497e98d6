// The table of what each cell of a sweep is above or below the cell that it is compared with, in every measure.
import type { SweepManifest } from '../../results/sweep-manifest.ts';
import { baselineColumns, comparedRow } from './baseline-columns.ts';
import { textCell } from './cells.ts';
import { measuresOf } from './measures.ts';
import { sweepRows } from './sweep-rows.ts';
import type { ResultsTable } from './table.ts';

/** Undefined where no cell has another to be compared with. */
export function baselineTable(manifest: SweepManifest): ResultsTable | undefined {
  const sweep = sweepRows(manifest);
  const pairs = sweep.cells.flatMap((row) => {
    const base = comparedRow(sweep, row);
    return base === undefined ? [] : [{ row, base }];
  });
  if (pairs.length === 0) return undefined;
  const specs = measuresOf({ rows: sweep.cells })
    .filter(({ machineOnly }) => !machineOnly)
    .flatMap((measure) => baselineColumns(measure, sweep));
  return {
    title: `${manifest.sweep}: differences to the baseline`,
    columns: [
      { key: 'cell', title: 'Cell', align: 'left' },
      { key: 'baseline', title: 'Baseline', align: 'left' },
      ...specs.map(({ key, title, align, machineOnly }) => ({
        ...{ key, title, align },
        ...(machineOnly === true && { machineOnly }),
      })),
    ],
    rows: pairs.map(({ row, base }) => [
      textCell(row.name),
      textCell(base.name),
      ...specs.map(({ cell }) => cell(row)),
    ]),
    notes: [
      {
        text:
          manifest.seeds.length > 1 ? pairedNote : 'One seed has no interval: small differences are noise.',
      },
    ],
  };
}

const pairedNote =
  "Δ: the cell minus its baseline, paired by seed, mean ± half-width of its 95 % interval (Student's t); n/c where the two were " +
  'taken differently. Intervals are of single differences, not corrected for their number: of 20 that are nothing, one will exclude 0.';
