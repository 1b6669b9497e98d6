// Stops the jobs of a sweep, wherever its launcher has started them. Each saves its work first.
import path from 'node:path';
import { localLauncher } from '../jobs/local.ts';
import { cancelSlurmJobs } from '../jobs/slurm/slurm.ts';
import { readSweepFile } from './read-sweep-file.ts';
import { readSweepRecord, sweepFolder } from './sweep-folder.ts';

export interface CancelledSweep {
  readonly sweep: string;
  /** Ids of the jobs. */
  readonly cancelled: readonly string[];
}

/** Throws UserError for a wrong file, for a sweep that was never launched, and where Slurm does not answer. */
export async function cancelSweep(file: string, storeDir: string): Promise<CancelledSweep> {
  const { name } = (await readSweepFile(file)).content;
  const folder = sweepFolder(path.resolve(storeDir), name);
  const { launcher } = await readSweepRecord(folder);
  const onCluster = await cancelSlurmJobs(folder);
  const here = launcher === localLauncher.name ? await localLauncher.cancel(folder) : [];
  return { sweep: name, cancelled: [...onCluster, ...here] };
}
