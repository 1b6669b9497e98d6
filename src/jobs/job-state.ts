// jobs/<id>.json: where one job of a launch stands. The launcher writes pending and submitted, the job itself the rest.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { isGone, type LockOwner } from '../store/lock.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';

export type JobStatus = 'pending' | 'submitted' | 'running' | 'done' | 'failed' | 'interrupted';

export interface JobState {
  readonly id: string;
  readonly status: JobStatus;
  /** The exit code of the job's process, once it has ended. */
  readonly exitCode?: number;
  readonly error?: string;
  /** ISO 8601. */
  readonly started?: string;
  readonly finished?: string;
  /** The process that runs it, or ran it last. */
  readonly process?: LockOwner;
  /** `<array job>_<task>` or `<job>`, as squeue prints it. */
  readonly slurmJob?: string;
  /** Runs in a row that used up their time limit without progress; a new submission starts from 0. */
  readonly stalledRuns?: number;
}

export function jobStateFile(folder: string, id: string): string {
  return path.join(folder, 'jobs', `${id}.json`);
}

/** What jobStateFile made `file` of. */
export function jobOfStateFile(file: string): { readonly folder: string; readonly id: string } {
  const absolute = path.resolve(file);
  return { folder: path.resolve(absolute, '..', '..'), id: path.basename(absolute, '.json') };
}

export function jobLogFile(folder: string, id: string): string {
  return path.join(folder, 'logs', `${id}.log`);
}

/** Replaces the state in its file. Throws UserError('input') where the disk refuses. */
export async function writeJobState(folder: string, state: JobState): Promise<void> {
  const file = jobStateFile(folder, state.id);
  await withDiskErrors(file, async () => {
    await makeFolder(path.dirname(file));
    await writeFileAtomic(file, `${JSON.stringify(state)}\n`);
  });
}

/** The state of a job; undefined where it has none yet. A running job whose process is gone was interrupted. */
export async function readJobState(folder: string, id: string): Promise<JobState | undefined> {
  let state: JobState | null;
  try {
    state = JSON.parse(await readFile(jobStateFile(folder, id), 'utf8')) as JobState | null;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (state === null || typeof state.status !== 'string') return undefined;
  return state.status === 'running' && state.process !== undefined && isGone(state.process)
    ? { ...state, status: 'interrupted' }
    : state;
}
