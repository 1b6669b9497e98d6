// Columns of the difference to the cell that each cell of a sweep is compared with, paired by seed.
import { absent } from './cells.ts';
import { deltaCell, deltaHalfCell, deltaPCell } from './delta-cells.ts';
import type { Measure } from './measures.ts';
import type { Row, SweepFrame } from './row.ts';
import type { Cell, Column } from './table.ts';

type Baselines = Pick<SweepFrame, 'baselineOf'>;

/** A column whose cells depend on their row alone. */
export interface RowColumn extends Column {
  readonly cell: (row: Row) => Cell;
}

/** The row that `row` is compared with; undefined where that is itself, or there is none. */
export function comparedRow({ baselineOf }: Baselines, row: Row): Row | undefined {
  const baseline = baselineOf(row);
  return baseline === row ? undefined : baseline;
}

/** The difference with its interval, and for machines half the interval's width and the p value. */
export function baselineColumns(
  measure: Measure,
  baselines: Baselines,
  title = `Δ ${measure.title}`,
): RowColumn[] {
  const key = `${measure.key}_minus_baseline`;
  const column = (
    suffix: string,
    words: string,
    cell: (measure: Measure, row: Row, base: Row) => Cell,
  ): RowColumn => ({
    key: `${key}${suffix}`,
    title: `${title}${words}`,
    align: 'right',
    ...(suffix !== '' && { machineOnly: true }),
    cell(row) {
      const base = comparedRow(baselines, row);
      return base === undefined ? absent : cell(measure, row, base);
    },
  });
  return [
    column('', '', deltaCell),
    column('_ci95', ', half-width', deltaHalfCell),
    column('_p', ', p', deltaPCell),
  ];
}
