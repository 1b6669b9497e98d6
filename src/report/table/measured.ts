// Measured quantities of rows: a list of values over seeds that were all taken in one way, and differences of two.
import type { Metric, ModelResult } from '../../results/manifest.ts';
import { cardDigest } from '../../results/metric-card.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import type { Row } from './row.ts';

export interface Value {
  readonly value: number;
  /** Digest of the card; absent where nothing is known of how it was taken. */
  readonly card?: string;
  /** Standard deviation of the estimate itself. */
  readonly deviation?: number;
}

/** What a model has of a quantity. */
export type Quantity = (model: ModelResult) => Value | undefined;

export interface Measured {
  /** At least one, in the order of the seeds. */
  readonly values: readonly (Value & { readonly seed?: number })[];
  readonly average: MeanSd;
  readonly card?: string;
}

/** The values over the seeds that are done; `mixed` where they were taken in several ways, undefined without any. */
export function measure({ runs }: Row, quantity: Quantity): Measured | 'mixed' | undefined {
  const values = runs.flatMap(({ seed, model }) => {
    const value = quantity(model);
    return value === undefined ? [] : [{ ...value, ...(seed === undefined ? {} : { seed }) }];
  });
  const average = meanSd(values.map(({ value }) => value));
  if (average === undefined) return undefined;
  const [card, other] = new Set(values.map((one) => one.card));
  if (other !== undefined) return 'mixed';
  return { values, average, ...(card === undefined ? {} : { card }) };
}

export function valueOf(metric: Metric | undefined): Value | undefined {
  return metric && { value: metric.value, card: cardDigest(metric.card) };
}

export const fidOf: Quantity = ({ fid }) => valueOf(fid);

/** FID over the seeds; undefined where none was measured or the seeds cannot be averaged. */
export function fidOver(row: Row): Measured | undefined {
  const fid = measure(row, fidOf);
  return fid === 'mixed' ? undefined : fid;
}

/**
 * Differences seed by seed, over the seeds that both have; from what has no seeds, every value differs. `mixed` where
 * the two were taken in different ways.
 */
export function difference(one: Row, other: Row, quantity: Quantity): MeanSd | 'mixed' | undefined {
  const [here, there] = [measure(one, quantity), measure(other, quantity)];
  if (here === undefined || there === undefined) return undefined;
  if (here === 'mixed' || there === 'mixed' || here.card !== there.card) return 'mixed';
  return meanSd(
    here.values.flatMap(({ seed, value }) => {
      const base = there.values.find((paired) => paired.seed === undefined || paired.seed === seed);
      return base === undefined ? [] : [value - base.value];
    }),
  );
}

/**
 * The student with the lowest FID among those that have all their seeds and the teacher's card (without a teacher's, the
 * first student's): what lacks seeds may only look best.
 */
export function bestStudent<R extends Row>(rows: readonly R[]): R | undefined {
  const cardOf = (row: Row): string | undefined => fidOver(row)?.card;
  const teacher = rows.find(({ role }) => role === 'teacher');
  const students = rows.filter(({ role }) => role === 'student');
  const yardstick = (teacher && cardOf(teacher)) ?? students.map(cardOf).find((card) => card !== undefined);
  const measured = students.flatMap((row) => {
    const fid = fidOver(row);
    return fid && fid.card === yardstick && fid.values.length === row.wanted ? [{ row, fid }] : [];
  });
  return measured.reduce<(typeof measured)[number] | undefined>(
    (best, one) => (best === undefined || one.fid.average.mean < best.fid.average.mean ? one : best),
    undefined,
  )?.row;
}
