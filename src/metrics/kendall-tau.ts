// Kendall's rank correlation of two short lists, with its exact p value: how far two rankings agree, and how often
// chance alone would agree as well.
import { InvariantError } from '../errors.ts';

export interface RankCorrelation {
  /** Kendall's tau-b: 1 for the same order, -1 for the reverse; ties count for neither. */
  readonly tau: number;
  /** Share of all orders of `b` whose |tau| is at least as large (two-sided, exact). */
  readonly p: number;
  readonly n: number;
}

/** All orders of so many values are counted in a fraction of a second. */
const most = 9;

/** Tau-b of `a` and `b`, value by value; undefined where one of them holds a single value only. */
export function kendallTau(a: readonly number[], b: readonly number[]): RankCorrelation | undefined {
  const n = a.length;
  if (b.length !== n || n > most) throw new InvariantError(`rankings of ${n} and ${b.length} values`);
  const pairs = (n * (n - 1)) / 2;
  const untied = Math.sqrt((pairs - tiedPairs(a)) * (pairs - tiedPairs(b)));
  if (untied === 0) return undefined;
  const score = concordance(a, b);
  let [as, all] = [0, 0];
  for (const order of orders(b)) {
    all++;
    if (Math.abs(concordance(a, order)) >= Math.abs(score)) as++;
  }
  return { tau: score / untied, p: as / all, n };
}

/** Concordant pairs minus discordant ones. */
function concordance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < a.length; i++)
    for (let j = 0; j < i; j++) sum += Math.sign(a[i]! - a[j]!) * Math.sign(b[i]! - b[j]!);
  return sum;
}

function tiedPairs(values: readonly number[]): number {
  let ties = 0;
  for (let i = 1; i < values.length; i++) for (let j = 0; j < i; j++) ties += Number(values[i] === values[j]);
  return ties;
}

/** Yields every order of the values, in one array that changes (Heap 1963). */
function* orders(values: readonly number[]): Generator<readonly number[]> {
  const order = [...values];
  const counters = new Array<number>(order.length).fill(0);
  yield order;
  for (let i = 1; i < order.length;) {
    const at = counters[i]!;
    if (at < i) {
      const other = i % 2 === 0 ? 0 : at;
      [order[i], order[other]] = [order[other]!, order[i]!];
      yield order;
      counters[i] = at + 1;
      i = 1;
    } else {
      counters[i] = 0;
      i++;
    }
  }
}
