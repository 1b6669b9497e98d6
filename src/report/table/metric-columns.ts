// Columns of what is measured beside FID: further metrics by name, and spectral errors.
import { cardDigest, type MetricCard } from '../../results/metric-card.ts';
import { deviationCell, measuredCell, significant } from './cells.ts';
import { valueOf, type Quantity } from './measured.ts';
import type { ColumnSpec, Frame } from './row.ts';

/** How metrics besides FID are shown; arrows point to the better side, or to the best value. A metric without a row goes by its name. */
const metricStyles: Readonly<Record<string, MetricStyle>> = {
  kid: { name: 'KID', arrow: '↓', deviation: 'kidStd' },
  precision: { name: 'Precision', arrow: '↑' },
  recall: { name: 'Recall', arrow: '↑' },
  copyingZ: { name: 'C_T', arrow: '→ 0' },
  authenticity: { name: 'Authenticity', arrow: '↑' },
  paperLow: { name: 'Low, Table 1', arrow: '→ 0' },
  paperHigh: { name: 'High, Table 1', arrow: '→ 0' },
};

interface MetricStyle {
  readonly name: string;
  readonly arrow: '↓' | '↑' | '→ 0';
  /** The metric that is the standard deviation of one estimate of this. */
  readonly deviation?: string;
}

const deviations = new Set(Object.values(metricStyles).map(({ deviation }) => deviation));

/** A metric as tables call it, with the arrow. */
export function metricTitle(name: string): string {
  const style = metricStyles[name];
  return style ? `${style.name} ${style.arrow}` : name;
}

function metricNames({ rows }: Frame): string[] {
  const models = rows.flatMap(({ runs }) => runs.map(({ model }) => model));
  return [...new Set(models.flatMap(({ metrics }) => Object.keys(metrics ?? {})))];
}

/** Whether tests for copies were made of any model of the table. */
export function hasCopyTests(frame: Frame): boolean {
  return metricNames(frame).includes('copyingZ');
}

/** The cards of what was measured of Table 1's errors in the table, one for each way. */
export function paperSpectrumCards({ rows }: Frame): MetricCard[] {
  const models = rows.flatMap(({ runs }) => runs.map(({ model }) => model));
  const cards = models.flatMap(({ metrics }) => metrics?.['paperLow']?.card ?? []);
  return [...new Map(cards.map((card) => [cardDigest(card), card])).values()];
}

/** Metrics of the table whose single estimates have a standard deviation, as people call them. */
export function metricsWithDeviation(frame: Frame): string[] {
  const names = metricNames(frame);
  return Object.values(metricStyles).flatMap(({ name, deviation }) =>
    deviation !== undefined && names.includes(deviation) ? [name] : [],
  );
}

/**
 * One column per further metric that any model has, in order of appearance. The standard deviation of a single estimate
 * is printed in the metric's column, and has one of its own for machines.
 */
export function metricColumns(frame: Frame): ColumnSpec[] {
  return metricNames(frame).flatMap((name) => {
    const style = metricStyles[name];
    const quantity: Quantity = ({ metrics = {} }) => {
      const value = valueOf(metrics[name]);
      const deviation = style?.deviation === undefined ? undefined : metrics[style.deviation]?.value;
      return value && { ...value, ...(deviation === undefined ? {} : { deviation }) };
    };
    const columns = measuredColumns(name, metricTitle(name), quantity, frame);
    return deviations.has(name) ? [{ ...columns[0]!, machineOnly: true }] : columns;
  });
}

/** Errors of the spectrum, where any model has them. They have the card of the FID, which was taken of the same samples. */
export function spectralColumns(frame: Frame): ColumnSpec[] {
  const any = frame.rows.some(({ runs }) => runs.some(({ model }) => model.spectrum !== undefined));
  if (!any) return [];
  const error =
    (which: 'lowError' | 'highError'): Quantity =>
    ({ spectrum, fid }) =>
      spectrum && { value: spectrum[which], ...(fid ? { card: cardDigest(fid.card) } : {}) };
  return [
    ...measuredColumns('low_frequency_error', 'Low-freq error ↓', error('lowError'), frame, false),
    ...measuredColumns('high_frequency_error', 'High-freq error ↓', error('highError'), frame, false),
  ];
}

/** The values, and in sweeps their standard deviation for machines. */
function measuredColumns(
  key: string,
  title: string,
  quantity: Quantity,
  { sweep }: Frame,
  marked = true,
): ColumnSpec[] {
  const value: ColumnSpec = {
    key,
    title,
    align: 'right',
    cell: (row, { cards }) => measuredCell(row, marked ? cards : [], quantity, significant),
  };
  return sweep === undefined ? [value] : [value, deviationColumn(key, title, quantity)];
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
