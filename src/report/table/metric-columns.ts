// Columns of what is measured beside FID: further metrics by name, and spectral errors.
import { baselineColumns } from './baseline-columns.ts';
import { deviationCell, measuredCell, significant } from './cells.ts';
import type { Quantity } from './measured.ts';
import { measuresBesideFid, type Measure } from './measures.ts';
import type { ColumnSpec, Frame } from './row.ts';

/** One column per further metric, and one per error of the spectrum. */
export function metricColumns(frame: Frame): ColumnSpec[] {
  return measuresBesideFid(frame).flatMap((one) => measuredColumns(one, frame));
}

/** The values, and in sweeps for machines their standard deviation and the difference to the baseline. */
function measuredColumns(one: Measure, { sweep }: Frame): ColumnSpec[] {
  const { key, title, quantity, marked, machineOnly } = one;
  const value: ColumnSpec = {
    key,
    title,
    align: 'right',
    ...(machineOnly && { machineOnly }),
    cell: (row, { cards }) => measuredCell(row, marked ? cards : [], quantity, significant),
  };
  if (sweep === undefined || machineOnly) return [value];
  const differences = baselineColumns(one, sweep).map((column) => ({ ...column, machineOnly: true }));
  return [value, deviationColumn(key, title, quantity), ...differences];
}

/** The standard deviation over the seeds, for machines. */
export function deviationColumn(key: string, title: string, quantity: Quantity): ColumnSpec {
  return {
    key: `${key}_sd`,
    title: `${title} sd`,
    align: 'right',
    machineOnly: true,
    cell: (row) => deviationCell(row, quantity),
  };
}
