// Which cases a sample of a campaign takes: a function of the seed.
import { permutation } from '../../src/rng/noise.ts';

/** `count` of the items, in an order that the seed decides; all of them where there are fewer. */
export function draw<T>(items: readonly T[], count: number, seed: number, stream: string): T[] {
  if (items.length === 0) return [];
  return [...permutation(seed, stream, 0, items.length)].slice(0, count).map((index) => items[index]!);
}
