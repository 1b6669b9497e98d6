// What squeue knows of the jobs of a launch. A job's comment is the path of its list, and the list says which job each
// task is: so the queue can be read without any record of what was submitted, also after a submission that crashed.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../files/system-errors.ts';
import { slurmCommand } from './slurm-commands.ts';
import { jobIdsOf, listFolder, slurmJobName } from './slurm-files.ts';

export interface QueuedJob {
  /** Id of the launch's job: a cell's, `shared-1`, `collect`, `wave-2-1-of-8`. */
  readonly id: string;
  /** `<array job>_<task>`. */
  readonly slurmJob: string;
  /** PENDING, RUNNING, COMPLETING, ..., and for some minutes after the end COMPLETED, CANCELLED, TIMEOUT, ... */
  readonly state: string;
  /** Why it waits, or '' */
  readonly reason: string;
  readonly node: string;
}

/** One line per task; the comment comes last because it may hold any character. */
const queueFormat = '%i|%T|%r|%N|%k';

const ended =
  /^(?:COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|BOOT_FAIL|DEADLINE|PREEMPTED|REVOKED)$/;

/** Whether Slurm is still to run the job, or runs it. */
export function isQueued({ state }: QueuedJob): boolean {
  return !ended.test(state);
}

/**
 * The newest job of each id of the launch in `folder`: waiting, running and just ended ones. One call of squeue, none
 * where nothing was ever submitted. Throws UserError('usage') where Slurm does not answer.
 */
export async function readQueue(folder: string): Promise<ReadonlyMap<string, QueuedJob>> {
  const lists = await readLists(folder);
  if (lists.size === 0) return new Map();
  const text = await slurmCommand('squeue', [
    '--noheader',
    '--array',
    '--states=all',
    `--user=${(await stat(listFolder(folder))).uid}`, // who submitted
    `--name=${slurmJobName(folder)}`,
    `--format=${queueFormat}`,
  ]);
  return parseQueue(text, lists);
}

/** Lists by their path: the ids of the tasks in order. */
async function readLists(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const at = listFolder(folder);
  const names = await readdir(at).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const lists = names.filter((name) => name.endsWith('.list')).map((name) => path.join(at, name));
  return new Map(
    await Promise.all(lists.map(async (file) => [file, jobIdsOf(await readFile(file, 'utf8'))] as const)),
  );
}

/**
 * Newest job per id: jobs that are still queued before ended ones, then the later number. Slurm keeps
 * one line without task numbers for tasks that were cancelled before they started: it stands for all that have no line
 * of their own.
 */
export function parseQueue(
  text: string,
  lists: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, QueuedJob> {
  const jobs = new Map<string, QueuedJob>();
  const ranks = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', state = '', reason = '', node = '', ...comment] = line.split('|');
    const ids = lists.get(comment.join('|')) ?? [];
    const [array, own] = name.split('_');
    for (const task of own === undefined ? ids.keys() : [Number(own)]) {
      const id = ids[task];
      if (id === undefined) continue;
      const job = { id, slurmJob: `${array}_${task}`, state, reason: reason === 'None' ? '' : reason, node };
      const rank = (isQueued(job) ? 1e12 : 0) + Number(array) + (own === undefined ? 0 : 0.5);
      if (rank <= (ranks.get(id) ?? 0)) continue;
      ranks.set(id, rank);
      jobs.set(id, job);
    }
  }
  return jobs;
}
