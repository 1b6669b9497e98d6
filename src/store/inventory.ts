// What lies in a store: artifacts, the work of unfinished stages, what is being written, what was put aside, and what a
// removal that was stopped has left. Nothing is opened but manifests; names that are no keys are nobody's.
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../files/system-errors.ts';
import { manifestFile, readManifest, type ArtifactManifest } from './artifact-manifest.ts';
import { readLock } from './lock.ts';

/**
 * `artifacts`: published; `work`: checkpoints and pieces; `tmp`: being written; `damaged`: put aside; `removed`: on its way
 * out. `runs`, `sweeps` and `submitted` are notes: where runs stand, and what jobs read and write.
 */
export type EntryPlace =
  'artifacts' | 'work' | 'tmp' | 'damaged' | 'removed' | 'runs' | 'sweeps' | 'submitted';

export interface StoreEntry {
  readonly place: EntryPlace;
  /** Of the artifact that it is, was, or is to be; empty for what is removed, and for notes. */
  readonly key: string;
  /** Absolute. */
  readonly folder: string;
  readonly bytes: number;
  /** When anything in it changed last, in milliseconds since 1970. */
  readonly changed: number;
  /** Of an artifact, or of one put aside, whose manifest can be believed. */
  readonly manifest?: ArtifactManifest;
}

/** Folders that a removal moves things to, and how they are called. */
export const removedPrefix = 'removed-';

interface Place {
  readonly place: EntryPlace;
  readonly parent: string;
  /** Finds the key, which may be empty, in the name of what belongs there. */
  readonly name: RegExp;
}

const things: readonly Place[] = [
  { place: 'artifacts', parent: 'artifacts', name: /^([0-9a-f]{32})$/ },
  { place: 'work', parent: 'work', name: /^([0-9a-f]{32})$/ },
  { place: 'tmp', parent: 'tmp', name: /^([0-9a-f]{32})$/ },
  { place: 'damaged', parent: 'damaged', name: /^([0-9a-f]{32})-\d+$/ },
  { place: 'removed', parent: 'tmp', name: new RegExp(`^${removedPrefix}()`) },
];

const notes: readonly Place[] = [
  { place: 'runs', parent: 'runs', name: /^().+\.json$/ },
  { place: 'sweeps', parent: 'sweeps', name: /^()[^.]/ },
  { place: 'submitted', parent: 'submitted', name: /^()[^.]/ },
];

/** All artifacts and work in the store in `dir`, the oldest first; empty where there is no store. Throws the system's error. */
export function listStore(dir: string): Promise<StoreEntry[]> {
  return entriesIn(dir, things);
}

/** All notes, in the same way. */
export function listNotes(dir: string): Promise<StoreEntry[]> {
  return entriesIn(dir, notes);
}

async function entriesIn(dir: string, places: readonly Place[]): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for (const { place, parent, name } of places)
    for (const found of await namesIn(path.join(dir, parent))) {
      const key = name.exec(found)?.[1];
      const folder = path.join(dir, parent, found);
      const measured = key === undefined ? undefined : await measure(folder);
      if (key === undefined || measured === undefined) continue;
      const manifest =
        place === 'artifacts' || place === 'damaged' ? await manifestIn(folder, key) : undefined;
      entries.push({ place, key, folder, ...measured, ...(manifest && { manifest }) });
    }
  return entries.sort((a, b) => a.changed - b.changed || (a.folder < b.folder ? -1 : 1));
}

/** Keys that somebody works on, as a whole or piece by piece: whose locks are not those of processes that are gone. */
export async function lockedKeys(dir: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const name of await namesIn(path.join(dir, 'locks'))) {
    const key = /^([0-9a-f]{32})\..*lock$/.exec(name)?.[1];
    if (key === undefined || keys.has(key)) continue;
    const held = await readLock(path.join(dir, 'locks', name));
    if (held !== 'free' && held !== 'stale') keys.add(key);
  }
  return keys;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await ifThere(readdir(folder))) ?? [];
}

/** Size and newest time of `target` and all in it; undefined where it is gone. Links are not followed. */
async function measure(target: string): Promise<Pick<StoreEntry, 'bytes' | 'changed'> | undefined> {
  const entry = await ifThere(lstat(target));
  if (entry === undefined) return undefined;
  let bytes = entry.isDirectory() ? 0 : entry.size;
  let changed = entry.mtimeMs;
  if (entry.isDirectory())
    for (const name of await namesIn(target)) {
      const inner = await measure(path.join(target, name));
      bytes += inner?.bytes ?? 0;
      changed = Math.max(changed, inner?.changed ?? 0);
    }
  return { bytes, changed };
}

async function manifestIn(folder: string, key: string): Promise<ArtifactManifest | undefined> {
  const text = await ifThere(readFile(path.join(folder, manifestFile), 'utf8'));
  return text === undefined ? undefined : readManifest(text, key).manifest;
}

/** Undefined where somebody has removed or published it meanwhile. */
async function ifThere<T>(value: Promise<T>): Promise<T | undefined> {
  return value.catch((error: unknown) => {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  });
}
