// The jobs of an experiment that was handed to Slurm, for `sdx status`: from the record of the submission, what each
// job wrote about itself, and the queue.
import path from 'node:path';
import type { Store } from '../store/store.ts';
import { readCurrentStates, type CurrentJobState } from '../jobs/slurm/slurm-status.ts';
import { findSubmittedRuns, type FoundRun, type SubmittedJob } from '../jobs/submitted-run.ts';
import { countStates, jobNotes, jobProgress } from './job-progress.ts';
import { textTable } from './text-table.ts';
import { timeText } from './time-text.ts';

export interface SubmittedJobs {
  /** Absolute. */
  readonly folder: string;
  /** When the last command submitted something of it, ISO 8601. */
  readonly updated: string;
  /** In the order in which they follow one another. */
  readonly jobs: readonly (SubmittedJob & CurrentJobState & { readonly progress?: string })[];
  /** Why the queue could not be asked. */
  readonly queueProblem?: string;
}

/** What is at work for the experiment, and the last submission in any case; the last one first. */
export async function readSubmittedJobs(store: Store, experiment: string): Promise<SubmittedJobs[]> {
  const found = await findSubmittedRuns(store.dir, experiment);
  const all = await Promise.all(found.map((run) => readJobs(store, run)));
  return all.filter(({ jobs }, i) => i === 0 || jobs.some(isAtWork));
}

async function readJobs(store: Store, { folder, record }: FoundRun): Promise<SubmittedJobs> {
  const { states, queueProblem } = await readCurrentStates(
    folder,
    record.jobs.map(({ id }) => id),
  );
  const jobs = await Promise.all(
    record.jobs.map(async (job, i) => {
      const state = states[i]!;
      return { ...job, ...state, ...(await jobProgress(store, job.run, state)) };
    }),
  );
  return { folder, updated: record.updated, jobs, ...(queueProblem !== undefined && { queueProblem }) };
}

function isAtWork({ status }: CurrentJobState): boolean {
  return status === 'submitted' || status === 'running';
}

/** How many jobs there are of each state, and every one that is not done. */
export function submittedText({ folder, updated, jobs }: SubmittedJobs): string {
  const title = `Slurm, submitted ${timeText(updated)}: ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}: ${countStates(jobs)}\n`;
  const open = jobs.filter(({ status }) => status !== 'done');
  if (open.length === 0) return title;
  const table = textTable(
    ['job', 'state', 'Slurm', 'stages', 'notes'],
    open.map((job) => [job.id, job.status, job.slurmJob ?? '', workText(job), jobNotes(job)]),
  );
  return `${title}\n${table}\nLogs: ${path.relative('', path.join(folder, 'logs'))}\n`;
}

/** `sample:sd 1/2`. */
function workText({ stages, shard }: SubmittedJob): string {
  const work = stages.length === 0 ? 'all, results' : stages.join(',');
  return shard === undefined ? work : `${work} ${shard}`;
}
