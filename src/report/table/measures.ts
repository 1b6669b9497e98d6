// What is measured of models, as tables call it, in one list: FID, further metrics by name, and spectral errors.
import { cardDigest, type MetricCard } from '../../results/metric-card.ts';
import { fidOf, valueOf, type Quantity } from './measured.ts';
import type { Frame } from './row.ts';

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
export interface Measure {
  readonly key: string;
  readonly title: string;
  readonly quantity: Quantity;
  /** Whether its cells carry the marks of their cards. */
  readonly marked: boolean;
  /** Only for machines. */
  readonly machineOnly: boolean;
  /** Digits after the point of its differences; where left out, as many as the magnitude of the values asks for. */
  readonly digits?: number;
}

/** All that is measured of any row, in the order of the columns. */
export function measuresOf(frame: Pick<Frame, 'rows'>): Measure[] {
  return [fidMeasure, ...measuresBesideFid(frame)];
}

export const fidMeasure: Measure = {
  ...{ key: 'fid', title: 'FID ↓', quantity: fidOf, marked: true, machineOnly: false },
  digits: 2,
};

export function measuresBesideFid(frame: Pick<Frame, 'rows'>): Measure[] {
  return [...metricMeasures(frame), ...spectralMeasures(frame)];
}

/** The further metrics that any row has, in order of appearance. The standard deviation of a single estimate is printed with it, and is one of its own for machines. */
function metricMeasures(frame: Pick<Frame, 'rows'>): Measure[] {
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
function spectralMeasures({ rows }: Pick<Frame, 'rows'>): Measure[] {
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
