// Where each job of a sweep stands, from their files and, where Slurm has them, from its queue. Nothing is planned and no
// experiment is loaded, so it is as fast for a thousand cells as for ten.
import { readCurrentStates, type CurrentJobState } from '../jobs/slurm/slurm-status.ts';
import { jobProgress } from '../runner/job-progress.ts';
import type { Store } from '../store/store.ts';
import { readSweepRecord, sweepFolder } from './sweep-folder.ts';

export interface SweepStatus {
  /** Absolute; `logs` lies in it. */
  readonly folder: string;
  readonly sweep: string;
  readonly launcher: string;
  /** Ids of the jobs that are cells; the others train what cells share. */
  readonly cells: readonly string[];
  readonly jobs: readonly (CurrentJobState & { readonly progress?: string })[];
  /** Why the queue could not be asked. */
  readonly queueProblem?: string;
}

/** Throws UserError('input') for a sweep that was never launched. */
export async function readSweepStatus(store: Store, name: string): Promise<SweepStatus> {
  const folder = sweepFolder(store.dir, name);
  const { sweep, launcher, shared, cells } = await readSweepRecord(folder);
  const { states, queueProblem } = await readCurrentStates(folder, [...shared, ...cells]);
  const jobs = await Promise.all(
    states.map(async (state) => ({
      ...state,
      ...(await jobProgress(store, `${sweep}-${state.id}`, state)),
    })),
  );
  return { folder, sweep, launcher, cells, jobs, ...(queueProblem !== undefined && { queueProblem }) };
}
