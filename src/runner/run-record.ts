// runs/<experiment>.json: where the last run of an experiment stands, node by node, for `status` and for explaining
// why stages run again. Written atomically at every change of state, so it can be read while the run goes on.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { isGone, thisProcess, type LockOwner } from '../store/lock.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import type { Identity, Plan } from '../plan/plan.ts';
import type { Labels } from '../results/labels.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { ErrorFacts, RunEvent, RunStatus } from './events.ts';

export type NodeStatus =
  'pending' | 'waiting' | 'running' | 'cached' | 'done' | 'failed' | 'blocked' | 'interrupted';

export interface NodeRecord {
  readonly kind: StageKind;
  readonly key: string;
  readonly identity: Identity;
  readonly status: NodeStatus;
  readonly started?: string;
  readonly finished?: string;
  readonly seconds?: number;
  readonly progress?: { readonly done: number; readonly total: number; readonly unit: string };
  readonly error?: ErrorFacts;
}

export interface RunRecord extends Labels {
  readonly schemaVersion: 1;
  readonly experiment: string;
  readonly process: LockOwner;
  readonly status: 'running' | RunStatus;
  readonly started: string;
  readonly updated: string;
  readonly finished?: string;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
}

/** The record as it stands before anything has run. */
export function newRunRecord(plan: Plan, time: string, labels: Labels = {}): RunRecord {
  return {
    schemaVersion: 1,
    experiment: plan.experiment,
    ...labels,
    process: thisProcess(),
    status: 'running',
    started: time,
    updated: time,
    nodes: Object.fromEntries(
      plan.nodes.map(({ id, kind, key, identity }) => [id, { kind, key, identity, status: 'pending' }]),
    ),
  };
}

/** The record after `event`; the same object where the event changes nothing. */
export function recordEvent(record: RunRecord, event: RunEvent): RunRecord {
  if (event.type === 'run-done')
    return { ...record, status: event.status, updated: event.time, finished: event.time };
  if (event.type === 'plan-start') return record;
  const before = record.nodes[event.stage];
  const change = nodeChange(event);
  if (before === undefined || change === undefined) return record;
  return {
    ...record,
    updated: event.time,
    nodes: { ...record.nodes, [event.stage]: { ...before, ...change } },
  };
}

function nodeChange(event: RunEvent): Partial<NodeRecord> | undefined {
  switch (event.type) {
    case 'stage-start':
      return { status: 'running', started: event.time };
    case 'stage-waiting':
      return { status: 'waiting' };
    case 'stage-cached':
      return { status: 'cached', finished: event.time };
    case 'stage-progress':
      return { progress: { done: event.done, total: event.total, unit: event.unit } };
    case 'stage-done':
    case 'stage-shard-done':
      return { status: 'done', finished: event.time, seconds: event.seconds };
    case 'stage-failed':
      return {
        status: event.error.name === 'InterruptedError' ? 'interrupted' : 'failed',
        finished: event.time,
        error: event.error,
      };
    case 'stage-blocked':
      return { status: 'blocked' };
    default:
      return undefined;
  }
}

/** Writes that follow one another: two runs of this process may share a file. */
const writes = new Map<string, Promise<void>>();

/** Replaces the record in `file`. Throws UserError('input') where the disk refuses. */
export function writeRunRecord(file: string, record: RunRecord): Promise<void> {
  const before = writes.get(file) ?? Promise.resolve();
  const write = before
    .catch(() => undefined)
    .then(() => withDiskErrors(file, () => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`)));
  writes.set(file, write);
  return write;
}

/** The record in `file`; undefined where there is none or it is damaged. A run whose process is gone was interrupted. */
export async function readRunRecord(file: string): Promise<RunRecord | undefined> {
  let record: RunRecord;
  try {
    record = JSON.parse(await readFile(file, 'utf8')) as RunRecord;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it comes from a file
  if (record?.schemaVersion !== 1) return undefined;
  return record.status === 'running' && isGone(record.process) ? asInterrupted(record) : record;
}

/** The records of all runs with the store in `dir`, the last one first; damaged ones are left out. */
export async function allRunRecords(dir: string): Promise<readonly NamedRecord[]> {
  const folder = path.join(dir, 'runs');
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const records: NamedRecord[] = [];
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const record = await readRunRecord(path.join(folder, name));
    if (record !== undefined) records.push({ ...record, name: name.slice(0, -'.json'.length) });
  }
  return records.sort((a, b) => b.updated.localeCompare(a.updated));
}

/** A record and the name that the run has in the store. */
export interface NamedRecord extends RunRecord {
  readonly name: string;
}

function asInterrupted(record: RunRecord): RunRecord {
  const nodes = Object.entries(record.nodes).map(([id, node]): [string, NodeRecord] => [
    id,
    node.status === 'running' || node.status === 'waiting' ? { ...node, status: 'interrupted' } : node,
  ]);
  return { ...record, status: 'interrupted', nodes: Object.fromEntries(nodes) };
}
