// `sdx cancel`: stops the jobs of a sweep, on the cluster and on this machine. Each saves its work first, and
// `sdx sweep` goes on from there.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import { localLauncher } from '../../runner/launchers/local.ts';
import { cancelSlurmJobs } from '../../runner/launchers/slurm.ts';
import { readSweepFile } from '../../sweep/read-sweep-file.ts';
import { readSweepRecord, sweepFolder } from '../../sweep/sweep-folder.ts';
import type { Io } from '../io.ts';
import type { CancelOptions } from '../options.ts';

/** Throws UserError for a wrong sweep file, for a sweep that was never launched, and where Slurm does not answer. */
export async function cancelCommand(file: string, { store, json }: CancelOptions, io: Io): Promise<number> {
  const { content } = await readSweepFile(file);
  const folder = sweepFolder(path.resolve(store), content.name);
  const { launcher } = await readSweepRecord(folder);
  const cancelled = [...(await cancelSlurmJobs(folder))];
  if (launcher === localLauncher.name) cancelled.push(...(await localLauncher.cancel(folder)));
  io.stdout.write(json ? `${JSON.stringify({ sweep: content.name, cancelled })}\n` : `${text(cancelled)}\n`);
  return ExitCode.ok;
}

function text(cancelled: readonly string[]): string {
  if (cancelled.length === 0) return 'no job waits or runs';
  return `cancelled ${cancelled.length} ${cancelled.length === 1 ? 'job' : 'jobs'}: ${cancelled.join(', ')}`;
}
