// Which channels stay when a network is pruned to a share of its width: of each set of channels that go together those that
// matter most, as many of each group of a normalisation and of each head, so that what is left is the same network, slimmer.
import type { Couplings } from '../engine/couplings/couplings.ts';
import { InvariantError } from '../errors.ts';

/** Channels that stay: by parameter, for each of its axes of channels the indices, ascending. */
export type KeptChannels = ReadonlyMap<string, readonly (readonly number[])[]>;

export interface Share {
  /** Of every `of` channels, `kept` stay. */
  readonly kept: number;
  readonly of: number;
  /** Whether heads go as a whole, for networks whose heads have a fixed width; otherwise each gets slimmer. */
  readonly wholeHeads: boolean;
}

/** An axis whose channels are chosen by somebody else, who knows what they stand for. */
export interface Given {
  readonly parameter: string;
  readonly axis: number;
  readonly indices: readonly number[];
}

/**
 * `importanceOf` is that of a parameter's channel (parameter, axis, index); what goes together is judged by its sum. Throws
 * InvariantError where a share is not a whole number.
 */
export function keptChannels(
  { units, fixed, pools, heads }: Couplings,
  importanceOf: (parameter: string, axis: number, index: number) => number,
  share: Share,
  given: readonly Given[],
): KeptChannels {
  const importance = new Map<number, number>();
  const places = new Map<number, Set<string>>();
  for (const [name, axes] of units)
    for (const [axis, labels] of axes.entries())
      for (const [index, unit] of labels.entries()) {
        importance.set(unit, (importance.get(unit) ?? 0) + importanceOf(name, axis, index));
        places.set(unit, (places.get(unit) ?? new Set()).add(`${name} ${axis}`));
      }
  const kept = new Set<number>(fixed);
  for (const { parameter, axis, indices } of given)
    for (const index of indices) kept.add(units.get(parameter)![axis]![index]!);
  const decided = new Set(given.map(({ parameter, axis }) => `${parameter} ${axis}`));

  const headsOf = new Map<number, string>();
  for (const [attention, all] of heads.entries()) {
    for (const [head, members] of all.entries())
      for (const unit of members) headsOf.set(unit, `${attention} ${head}`);
    if (!share.wholeHeads) continue;
    const sums = all.map((members) => members.reduce((sum, unit) => sum + importance.get(unit)!, 0));
    const chosen = top([...all.keys()], (head) => sums[head]!, part(all.length, share));
    for (const head of chosen) for (const unit of all[head]!) kept.add(unit);
  }

  for (const group of groupsOf(places)) {
    if (group.some((unit) => fixed.has(unit)) || decided.has([...places.get(group[0]!)!].join())) continue;
    if (share.wholeHeads && headsOf.has(group[0]!)) continue;
    for (const block of blocksOf(group, pools, headsOf))
      for (const unit of top(block, (one) => importance.get(one)!, part(block.length, share))) kept.add(unit);
  }
  return new Map(
    [...units].map(([name, axes]) => [
      name,
      axes.map((labels) => [...labels.keys()].filter((index) => kept.has(labels[index]!))),
    ]),
  );
}

/** The `count` of `items` that score most, of equals the lowest. */
function top(items: readonly number[], scoreOf: (item: number) => number, count: number): number[] {
  return [...items].sort((a, b) => scoreOf(b) - scoreOf(a) || a - b).slice(0, count);
}

/** Units that stand in the same axes of the same parameters: the channels of one stream. */
function groupsOf(places: ReadonlyMap<number, ReadonlySet<string>>): number[][] {
  const groups = new Map<string, number[]>();
  for (const [unit, at] of places) {
    const name = [...at].sort().join();
    groups.set(name, [...(groups.get(name) ?? []), unit]);
  }
  return [...groups.values()];
}

/** A group in parts that lie in the same groups of all normalisations, and in the same head. */
function blocksOf(
  group: readonly number[],
  pools: Couplings['pools'],
  headsOf: ReadonlyMap<number, string>,
): number[][] {
  const members = new Set(group);
  const names = new Map(group.map((unit) => [unit, headsOf.get(unit) ?? '']));
  for (const norm of pools) {
    for (const [at, pool] of norm.entries())
      for (const unit of pool) if (members.has(unit)) names.set(unit, `${names.get(unit)} ${at}`);
  }
  const blocks = new Map<string, number[]>();
  for (const [unit, name] of names) blocks.set(name, [...(blocks.get(name) ?? []), unit]);
  return [...blocks.values()];
}

function part(count: number, { kept, of }: Share): number {
  const exact = (count * kept) / of;
  if (!Number.isInteger(exact))
    throw new InvariantError(`${kept} of ${of} are no whole number of ${count} channels`);
  return exact;
}
