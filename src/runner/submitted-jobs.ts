// The jobs of an experiment that was handed to Slurm: from the record of the submission, what each job wrote about
// itself, and the queue.
import { isAtWork, readCurrentStates, type CurrentJobState } from '../jobs/slurm/slurm-status.ts';
import { findSubmittedRuns, type FoundRun, type SubmittedJob } from '../jobs/submitted-run.ts';
import type { Store } from '../store/store.ts';
import { jobProgress } from './job-progress.ts';

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
