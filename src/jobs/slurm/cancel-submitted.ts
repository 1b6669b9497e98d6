// Stops the jobs of an experiment that was handed to Slurm.
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { findSubmittedRuns } from '../submitted-run.ts';
import { cancelSlurmJobs } from './slurm.ts';

/**
 * Cancels all that was submitted under the experiment's name, with whatever changes; the ids of the jobs. Throws
 * UserError('input') where nothing was, and where Slurm does not answer.
 */
export async function cancelSubmittedRuns(storeDir: string, experiment: string): Promise<readonly string[]> {
  const runs = await findSubmittedRuns(path.resolve(storeDir), experiment);
  if (runs.length === 0)
    throw new UserError('input', `${experiment} was not submitted to Slurm from ${storeDir}`, {
      hint: 'give the --store it was submitted with; a run in a terminal is stopped there, with Ctrl-C',
    });
  const cancelled: string[] = [];
  for (const { folder } of runs) cancelled.push(...(await cancelSlurmJobs(folder)));
  return cancelled;
}
