// The combinations of a sweep: which switches are on and which value each axis takes in a cell, and its id. Pure.
import { createHash } from 'node:crypto';
import type { Json } from '../files/canonical-json.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import type { Sweep } from './types.generated.ts';

export type ToggleName = NonNullable<Sweep['toggles']>[number];

/** One value of an axis, and which of the list it is. */
export interface AxisChoice {
  /** Dotted configuration key. */
  readonly key: string;
  readonly index: number;
  readonly value: Json;
}

/** What sets one cell apart from the others; its seeds are runs of the same cell. */
export interface Combination {
  /** `wg1-sp0-fr1-lambdaf0p05`; `base` where nothing varies. */
  readonly id: string;
  readonly toggles: Readonly<Partial<Record<ToggleName, boolean>>>;
  readonly axes: readonly AxisChoice[];
}

const toggleCodes: Readonly<Record<ToggleName, string>> = { waveletGating: 'wg', spatial: 'sp', freq: 'fr' };

/** Longest id; seeds are appended to it, and file names end at 255. */
const maxId = 120;

/** Number of cells, seeds included, without making them. */
export function countRuns(sweep: Sweep): number {
  const axes = Object.values(sweep.axes ?? {}).reduce((product, values) => product * values.length, 1);
  return 2 ** (sweep.toggles?.length ?? 0) * axes * seedsOf(sweep).length;
}

export function seedsOf({ seeds }: Sweep): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
}

/** All combinations, in order: the last axis varies fastest, switches slowest and from off to on. */
export function combinationsOf(sweep: Sweep): Combination[] {
  const toggles = product((sweep.toggles ?? []).map((name) => [false, true].map((on) => ({ name, on }))));
  const axes = product(
    Object.entries(sweep.axes ?? {}).map(([key, values]) =>
      values.map((value, index): AxisChoice => ({ key, index, value: value as Json })),
    ),
  );
  const nameOf = axisNames(Object.keys(sweep.axes ?? {}));
  // Fewer switches first, so that the baseline leads and everything on comes last, as the paper prints it.
  const bySwitches = toggles
    .map((list, order) => ({ list, order, on: list.filter(({ on }) => on).length }))
    .sort((a, b) => a.on - b.on || b.order - a.order);
  return bySwitches.flatMap(({ list }) =>
    axes.map((choices) => ({
      id: idOf(
        list.map(({ name, on }) => `${toggleCodes[name]}${on ? 1 : 0}`),
        choices.map((choice) => `${nameOf(choice.key)}${slug(choice.value)}`),
      ),
      toggles: Object.fromEntries(list.map(({ name, on }) => [name, on])),
      axes: choices,
    })),
  );
}

/** `wg1-sp0-seed2`: the id of a cell's run. */
export function runId(combination: string, seed: number): string {
  return `${combination}-seed${seed}`;
}

function idOf(toggles: readonly string[], axes: readonly string[]): string {
  const id = [...toggles, ...axes].join('-') || 'base';
  return id.length <= maxId ? id : `${id.slice(0, maxId - 9)}-${hash(id)}`;
}

/** The last part of a key where that tells the axes apart, else all of it. */
function axisNames(keys: readonly string[]): (key: string) => string {
  const last = (key: string): string => key.split('.').at(-1)!;
  return (key) =>
    plain(keys.filter((other) => last(other) === last(key)).length > 1 ? key : last(key)) || 'axis';
}

/** A value as part of a file name: `0.05` is `0p05`, `-1` is `m1`; long ones are cut and made unique by a hash. */
function slug(value: Json): string {
  if (typeof value === 'number')
    return String(value).replace(/^-/, 'm').replace('.', 'p').replace('e-', 'em').replace('e+', 'e');
  const text = typeof value === 'string' ? value : canonicalJson(value);
  const short = plain(text);
  return short !== '' && short === text && short.length <= 24
    ? `-${short}`
    : `-${[short.slice(0, 16).replace(/-$/, ''), hash(text)].filter(Boolean).join('-')}`;
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Cartesian product; the last list varies fastest. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}
