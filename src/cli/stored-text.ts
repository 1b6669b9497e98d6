// Things in a store as terminals and `--json` show them.
import path from 'node:path';
import { entryName, type Judged } from '../housekeeping/judge.ts';
import { printable } from '../printable.ts';
import type { StoreEntry } from '../store/inventory.ts';
import { formatDuration } from '../duration.ts';
import { formatBytes } from '../report/table/number-format.ts';

const placeTexts: Readonly<Record<StoreEntry['place'], string>> = {
  artifacts: '',
  work: 'unfinished',
  tmp: 'half written',
  damaged: 'damaged',
  removed: 'left by a removal that was stopped',
  runs: 'record of a run',
  sweeps: 'jobs of a sweep',
  submitted: 'jobs on Slurm',
};

/** Titles of `storedCells`. */
export const storedTitles = ['stage', 'key', 'size', 'age'] as const;

/** `names`: stages by key, for what has no manifest. */
export function storedCells(entry: StoreEntry, names: ReadonlyMap<string, string>, now: number): string[] {
  const { manifest, key, place, bytes, changed } = entry;
  const name = manifest ? entryName(entry) : (names.get(key) ?? noteName(entry));
  return [
    printable([name, placeTexts[place] && `(${placeTexts[place]})`].filter(Boolean).join(' ')),
    key.slice(0, 12),
    formatBytes(bytes),
    formatDuration(Math.max(0, now - changed) / 1000),
  ];
}

const notes: ReadonlySet<StoreEntry['place']> = new Set(['runs', 'sweeps', 'submitted']);

/** What a note is about, by the name it lies under. */
function noteName({ place, folder }: StoreEntry): string {
  return notes.has(place) ? path.basename(folder, '.json') : '';
}

/** The same for `--json`. */
export function storedJson(entry: StoreEntry, names: ReadonlyMap<string, string>): object {
  const { manifest, key, place, folder, bytes, changed } = entry;
  const stage = manifest ? entryName(entry) : names.get(key);
  return {
    place,
    ...(stage === undefined ? {} : { stage }),
    ...(key === '' ? {} : { key }),
    folder,
    bytes,
    changed: new Date(changed).toISOString(),
  };
}

export function totalBytes(entries: readonly StoreEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Names of stages by key, as runs and artifacts have them. */
export function stageNames(
  runs: readonly { readonly nodes: Readonly<Record<string, { readonly key: string }>> }[],
): ReadonlyMap<string, string> {
  return new Map(
    runs.flatMap(({ nodes }) => Object.entries(nodes).map(([id, { key }]) => [key, id] as const)),
  );
}

/** Things under the reason that keeps them, those with the most bytes first. */
export function byReason(
  kept: readonly Judged[],
): (readonly [reason: string, entries: readonly StoreEntry[]])[] {
  const groups = new Map<string, StoreEntry[]>();
  for (const { entry, reasons } of kept) {
    const reason = reasons[0]?.startsWith('input of ') === true ? 'input of what stays' : (reasons[0] ?? '');
    groups.set(reason, [...(groups.get(reason) ?? []), entry]);
  }
  return [...groups].sort(([, a], [, b]) => totalBytes(b) - totalBytes(a));
}
