// Measured quantities of rows: a list of values over seeds that were all taken in one way, and differences of two.
import type { Measurements, Metric } from '../../results/manifest.ts';
import { cardDigest, mayRank, type MetricCard } from '../../results/metric-card.ts';
import { verdict } from '../../metrics/confidence.ts';
import { meanSd, type MeanSd } from '../../metrics/statistics.ts';
import type { Row } from './row.ts';

export interface Value {
  readonly value: number;
  /** Digest of the card; absent where nothing is known of how it was taken. */
  readonly card?: string;
  /** Standard deviation of the estimate itself. */
  readonly deviation?: number;
}

/** What was measured of a quantity. */
export type Quantity = (model: Measurements) => Value | undefined;

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

/** The card of the row's FIDs; undefined without any, or where they have several. */
function fidCard(row: Row): MetricCard | undefined {
  return fidOver(row) && row.runs.find(({ model }) => model.fid)?.model.fid?.card;
}

/** Whether the row's FIDs were taken of enough samples to be ranked. */
function isRanked(row: Row): boolean {
  const card = fidCard(row);
  return card !== undefined && mayRank(card);
}

/**
 * The student whose FID is below that of each other one by more than chance: the interval of the difference, paired by
 * seed, excludes 0. Those count that have all their seeds and the teacher's card (where none has it, because the teacher
 * is sampled by settings of its own, the first student's). A single seed has no interval, so nothing is then the best; neither is what has nothing beside it.
 */
export function bestStudent<R extends Row>(rows: readonly R[]): R | undefined {
  const cardOf = (row: Row): string | undefined => fidOver(row)?.card;
  const teacher = rows.find(({ role }) => role === 'teacher');
  const students = rows.filter(({ role }) => role === 'student');
  const cards = students.map(cardOf).filter((card) => card !== undefined);
  const teachers = teacher && cardOf(teacher);
  const yardstick = cards.find((card) => card === teachers) ?? cards[0];
  const measured = students.filter((row) => {
    const fid = fidOver(row);
    return fid && fid.card === yardstick && fid.values.length === row.wanted && isRanked(row);
  });
  if (measured.length < 2) return undefined;
  return measured.find((row) => measured.every((other) => other === row || effect(row, other) === 'helps'));
}

/** What may be said of a row's FID beside that of another; undefined where the two cannot be compared. */
export function effect(row: Row, other: Row): ReturnType<typeof verdict> | undefined {
  const found = difference(row, other, fidOf);
  if (found === undefined || found === 'mixed') return undefined;
  return isRanked(row) ? verdict(found) : 'not shown';
}
