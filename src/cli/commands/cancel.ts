// `sdx cancel`: stops the jobs of a sweep, on the cluster and on this machine, or those of an experiment on the
// cluster. Each saves its work first, and the command that launched them goes on from there.
import path from 'node:path';
import { loadExperiment } from '../../config/load.ts';
import { ExitCode, UserError } from '../../errors.ts';
import { localLauncher } from '../../jobs/local.ts';
import { cancelSlurmJobs } from '../../jobs/slurm/slurm.ts';
import { findSubmittedRuns } from '../../jobs/submitted-run.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import { readSweepFile } from '../../sweep/read-sweep-file.ts';
import { readSweepRecord, sweepFolder } from '../../sweep/sweep-folder.ts';
import type { Io } from '../io.ts';
import type { CancelOptions } from '../options.ts';

/** Throws UserError for a wrong file, for what was never launched, and where Slurm does not answer. */
export async function cancelCommand(
  file: string,
  overrides: readonly string[],
  { store, json }: CancelOptions,
  io: Io,
): Promise<number> {
  const isSweep = (await detectSweep(file)) !== undefined;
  const { kind, name, cancelled } = await (isSweep
    ? cancelSweep(file, store)
    : cancelRuns(file, overrides, store));
  io.stdout.write(json ? `${JSON.stringify({ [kind]: name, cancelled })}\n` : `${text(name, cancelled)}\n`);
  return ExitCode.ok;
}

interface Cancelled {
  readonly kind: 'sweep' | 'experiment';
  readonly name: string;
  /** Ids of the jobs. */
  readonly cancelled: readonly string[];
}

async function cancelSweep(file: string, store: string): Promise<Cancelled> {
  const { name } = (await readSweepFile(file)).content;
  const folder = sweepFolder(path.resolve(store), name);
  const { launcher } = await readSweepRecord(folder);
  const cancelled = [...(await cancelSlurmJobs(folder))];
  if (launcher === localLauncher.name) cancelled.push(...(await localLauncher.cancel(folder)));
  return { kind: 'sweep', name, cancelled };
}

/** All that was submitted under the experiment's name. */
async function cancelRuns(file: string, overrides: readonly string[], store: string): Promise<Cancelled> {
  const { name } = (await loadExperiment(file, overrides)).config;
  const runs = await findSubmittedRuns(path.resolve(store), name);
  if (runs.length === 0)
    throw new UserError('input', `${name} was not submitted to Slurm from ${store}`, {
      hint: 'give the --store it was submitted with; a run in a terminal is stopped there, with Ctrl-C',
    });
  const cancelled: string[] = [];
  for (const { folder } of runs) cancelled.push(...(await cancelSlurmJobs(folder)));
  return { kind: 'experiment', name, cancelled };
}

function text(name: string, cancelled: readonly string[]): string {
  if (cancelled.length === 0) return `nothing to cancel: no job of ${name} waits or runs`;
  return `cancelled ${cancelled.length} ${cancelled.length === 1 ? 'job' : 'jobs'}: ${cancelled.join(', ')}`;
}
