// Where the last run of an experiment stands, also while it goes on: its record, and who is at work on its stages.
import type { LockOwner } from '../store/lock.ts';
import type { Store } from '../store/store.ts';
import { readRunRecord, type RunRecord } from './run-record.ts';

export interface RunState {
  readonly record: RunRecord;
  /** Who works on the stages of the record, by their ids. */
  readonly locks: Readonly<Record<string, LockOwner>>;
}

/** undefined where the experiment has never run with this store. */
export async function readRunState(store: Store, experiment: string): Promise<RunState | undefined> {
  const record = await readRunRecord(store.runFile(experiment));
  if (record === undefined) return undefined;
  const locks: Record<string, LockOwner> = {};
  for (const [id, { key }] of Object.entries(record.nodes)) {
    const owner = await store.lockOwner(key);
    if (owner) locks[id] = owner;
  }
  return { record, locks };
}
