// `sdx gc`: removes from a store what nobody needs, and keeps all it is not sure of.
import { UserError } from '../errors.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { StoreEntry } from '../store/inventory.ts';
import type { LockOwner } from '../store/lock.ts';
import { removeFromStore } from '../store/removal.ts';
import type { Store } from '../store/store.ts';
import { isKeyStart, judge, type Judged } from './judge.ts';
import { judgeNotes } from './judge-notes.ts';
import { readStoreState, usersAtWork, type StoreState } from './store-state.ts';
import { findUsers, refuseProblems, type User } from './users.ts';

export interface CollectGarbageOptions {
  /** Folders and files of those who need artifacts. */
  readonly places: readonly string[];
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  /** Keys, or the beginnings of keys, and names of runs and sweeps that stay. */
  readonly keep: readonly string[];
  /** What changed or was used less long ago stays. */
  readonly youngMs: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Called when another removal is waited for. */
  readonly onWait: (owner: LockOwner | undefined) => void;
}

export interface Collected {
  /** What was removed, or would be: artifacts and work, the oldest first, then notes in the same way. */
  readonly removed: readonly StoreEntry[];
  /** Artifacts and work that stay. */
  readonly kept: readonly Judged[];
  readonly runs: StoreState['runs'];
}

/**
 * Throws UserError, and removes nothing, where a configuration or results cannot be read, where `places` hold neither, and
 * for words of `keep` that name nothing in the store.
 */
export async function collectGarbage(options: CollectGarbageOptions): Promise<Collected> {
  const { places, store, keep, youngMs, dryRun, signal, onWait } = options;
  const { users: found, problems, planner } = await findUsers(options);
  refuseProblems(problems, 'nothing was removed');
  if (found.length === 0)
    throw new UserError('usage', `there are no experiments and no results in ${places.join(', ')}`, {
      hint: 'nothing was removed; name the folders of your experiments and results: sdx gc <folder> ...',
    });
  let kept: readonly Judged[] = [];
  let runs: StoreState['runs'] = [];
  const choose = async (): Promise<StoreEntry[]> => {
    const state = await readStoreState(store.dir);
    checkKeep(keep, state);
    runs = state.runs;
    const users: User[] = [...found, ...(await usersAtWork(store.dir, planner))];
    const options = { state, users, now: Date.now(), youngMs, keep };
    const judged = judge(options);
    const notes = judgeNotes(options);
    kept = judged.filter(({ reasons }) => reasons.length > 0);
    return [...judged, ...notes].filter(({ reasons }) => reasons.length === 0).map(({ entry }) => entry);
  };
  const removed = dryRun ? await choose() : await removeFromStore(store.dir, choose, { signal, onWait });
  return { removed, kept, runs };
}

function checkKeep(keep: readonly string[], { entries, runs, launches }: StoreState): void {
  const names = [...runs, ...launches].map(({ name }) => name);
  const lost = keep.find(
    (word) => !names.includes(word) && !(isKeyStart(word) && entries.some(({ key }) => key.startsWith(word))),
  );
  if (lost !== undefined)
    throw new UserError('usage', `--keep ${lost}: no run has this name, and no key in the store begins so`, {
      hint: 'sdx ls shows both; of a key, eight digits or more are needed',
    });
}
