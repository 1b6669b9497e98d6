// Which of the things in a store are needed, by whom, and which nobody needs. Pure.
import { nodeId } from '../plan/plan.ts';
import { isStageKind } from '../stages/catalog.ts';
import type { StoreEntry } from '../store/inventory.ts';
import type { LockOwner } from '../store/lock.ts';
import { shapeOf } from './shape.ts';
import type { StoreState } from './store-state.ts';
import type { User } from './users.ts';

/** Something in a store, and why it stays; nobody needs it where there is no reason. */
export interface Judged {
  readonly entry: StoreEntry;
  /** The strongest first: `in use by process 12 on host`, `experiments/quickstart.yaml`. */
  readonly reasons: readonly string[];
}

export interface JudgeOptions {
  readonly state: StoreState;
  readonly users: readonly User[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What changed, or was used by a run, less long ago than this stays; absent: age is no reason. */
  readonly youngMs?: number;
  /** Keys, or the beginnings of keys, and names of runs that stay. */
  readonly keep?: readonly string[];
}

/** In the order of the entries. */
export function judge({ state, users, now, youngMs, keep = [] }: JudgeOptions): Judged[] {
  const { entries, runs, uses, locked } = state;
  const isYoung = (time: number): boolean => youngMs !== undefined && now - time < youngMs;
  const atWork = new Reasons();
  for (const { owner, keys } of uses) atWork.add(keys, `in use by ${processText(owner)}`);
  for (const { name, process, status, nodes } of runs)
    if (status === 'running') atWork.add(keysOf(nodes), `run ${name} of ${processText(process)}`);
  atWork.add(locked, 'locked');

  const needed = new Reasons();
  for (const user of users) {
    needed.add(user.keys, user.name);
    for (const { experiment, nodes } of runs)
      if ([...user.runs].some((name) => experiment === name || experiment.startsWith(`${name}-`)))
        needed.add(keysOf(nodes), user.name);
  }
  for (const { name, nodes, updated, status } of runs) {
    if (keep.includes(name)) needed.add(keysOf(nodes), `--keep ${name}`);
    if (status !== 'running' && isYoung(Date.parse(updated)))
      needed.add(keysOf(nodes), `run ${name}, not long ago`);
  }

  const published = new Set(entries.filter(({ place }) => place === 'artifacts').map(({ key }) => key));
  const judged = entries.map((entry): { entry: StoreEntry; reasons: string[] } => {
    const { place, key, changed } = entry;
    if (place === 'removed') return { entry, reasons: [] };
    const kept = keep
      .filter((start) => isKeyStart(start) && key.startsWith(start))
      .map((start) => `--keep ${start}`);
    const young = isYoung(changed) ? ['young'] : [];
    // Only what is published, and what it is going to be made from, is of use to those who need the key.
    const isUseful = place === 'artifacts' || (place === 'work' && !published.has(key));
    const wanted = isUseful ? [...needed.of(key), ...shapeUsers(entry, users)] : [];
    return { entry, reasons: [...atWork.of(key), ...kept, ...wanted, ...young] };
  });
  return withInputs(judged);
}

/** Whether a word of --keep is the beginning of a key. */
export function isKeyStart(word: string): boolean {
  return /^[0-9a-f]{8,32}$/.test(word);
}

/** What an artifact that stays was made from stays as well: without it, a run would make it again. */
function withInputs(judged: { readonly entry: StoreEntry; readonly reasons: string[] }[]): Judged[] {
  const artifacts = new Map(
    judged.filter(({ entry }) => entry.place === 'artifacts').map((one) => [one.entry.key, one]),
  );
  const waiting = [...artifacts.values()].filter(({ reasons }) => reasons.length > 0);
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
    for (const key of Object.values(one.entry.manifest?.inputs ?? {})) {
      const input = artifacts.get(key);
      if (input === undefined || input.reasons.length > 0) continue;
      input.reasons.push(`input of ${entryName(one.entry)}`);
      waiting.push(input);
    }
  return judged;
}

/** `distill:sd`, or the key where the manifest cannot be believed. */
export function entryName({ manifest, key }: StoreEntry): string {
  return manifest === undefined ? key.slice(0, 12) : nodeId(manifest);
}

/** Users whose data are not at hand, and that may need an artifact like this one. */
function shapeUsers({ manifest }: StoreEntry, users: readonly User[]): string[] {
  const unsure = users.filter(({ shapes }) => shapes.size > 0);
  if (manifest === undefined || unsure.length === 0) return [];
  const { kind, stageVersion, params } = manifest;
  const shape = isStageKind(kind) ? shapeOf(kind, stageVersion, params) : undefined;
  return unsure
    .filter(({ shapes }) => shape === undefined || shapes.has(shape))
    .map(({ name }) => `perhaps ${name}`);
}

class Reasons {
  readonly #byKey = new Map<string, Set<string>>();

  add(keys: Iterable<string>, reason: string): void {
    for (const key of keys) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(reason));
  }

  of(key: string): readonly string[] {
    return [...(this.#byKey.get(key) ?? [])];
  }
}

function keysOf(nodes: StoreState['runs'][number]['nodes']): string[] {
  return Object.values(nodes).map(({ key }) => key);
}

export function processText({ pid, host }: LockOwner): string {
  return `process ${pid} on ${host}`;
}
