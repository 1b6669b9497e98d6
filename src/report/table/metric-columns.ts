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

function metricNames({ rows }: Pick<Frame, 'rows'>): string[] {
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

/** Something that is measured of models, as tables call it. */
export interface TitledQuantity {
  readonly key: string;
  readonly title: string;
  readonly quantity: Quantity;
  /** Whether its cells carry the marks of their cards. */
  readonly marked: boolean;
  /** Only for machines. */
  readonly machineOnly: boolean;
}

/** The further metrics that any row has, in order of appearance. The standard deviation of a single estimate is printed with it, and is one of its own for machines. */
export function metricQuantities(frame: Pick<Frame, 'rows'>): TitledQuantity[] {
  return metricNames(frame).map((name) => {
    const style = metricStyles[name];
    const quantity: Quantity = ({ metrics = {} }) => {
      const value = valueOf(metrics[name]);
      const deviation = style?.deviation === undefined ? undefined : metrics[style.deviation]?.value;
      return value && { ...value, ...(deviation === undefined ? {} : { deviation }) };
    };
    return { key: name, title: metricTitle(name), quantity, marked: true, machineOnly: deviations.has(name) };
  });
}

/** Errors of the spectrum, where any row has them. They have the card of the FID, which was taken of the same samples. */
export function spectralQuantities({ rows }: Pick<Frame, 'rows'>): TitledQuantity[] {
  const any = rows.some(({ runs }) => runs.some(({ model }) => model.spectrum !== undefined));
  if (!any) return [];
  const error =
    (which: 'lowError' | 'highError'): Quantity =>
    ({ spectrum, fid }) =>
      spectrum && { value: spectrum[which], ...(fid ? { card: cardDigest(fid.card) } : {}) };
  const shared = { marked: false, machineOnly: false };
  return [
    { key: 'low_frequency_error', title: 'Low-freq error ↓', quantity: error('lowError'), ...shared },
    { key: 'high_frequency_error', title: 'High-freq error ↓', quantity: error('highError'), ...shared },
  ];
}

/** One column per further metric, and one per error of the spectrum. */
export function metricColumns(frame: Frame): ColumnSpec[] {
  return [...metricQuantities(frame), ...spectralQuantities(frame)].flatMap((one) =>
    measuredColumns(one, frame),
  );
}

/** The values, and in sweeps their standard deviation for machines. */
function measuredColumns(
  { key, title, quantity, marked, machineOnly }: TitledQuantity,
  { sweep }: Frame,
): ColumnSpec[] {
  const value: ColumnSpec = {
    key,
    title,
    align: 'right',
    ...(machineOnly && { machineOnly }),
    cell: (row, { cards }) => measuredCell(row, marked ? cards : [], quantity, significant),
  };
  return sweep === undefined || machineOnly ? [value] : [value, deviationColumn(key, title, quantity)];
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
