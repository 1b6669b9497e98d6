// What a sweep makes of the engine that the user asks for. All of it but the threads belongs to the experiments: cells
// that compute otherwise are other cells. Threads are shared out among the jobs.
import { availableParallelism } from 'node:os';
import { engineOverrides, type EngineFlags } from '../engine/engine-options.ts';
import type { Launcher } from '../jobs/launcher.ts';
import type { LoadedSweep } from './load-sweep.ts';

/** Changes to the experiment that the sweep starts from. */
export function engineChanges(asked: EngineFlags): string[] {
  return engineOverrides(asked).filter((change) => !change.startsWith('threads='));
}

/** What each job is started with. */
export function jobEngine(
  sweep: Pick<LoadedSweep, 'slurm' | 'cells'>,
  asked: EngineFlags,
  launcher: Launcher['name'],
  jobs: number,
): EngineFlags {
  const threads = asked.threads ?? (launcher === 'local' ? localThreads(jobs) : clusterThreads(sweep));
  return { ...asked, ...(threads !== undefined && { threads }) };
}

/** Jobs on one machine share its cores. */
function localThreads(jobs: number): number | undefined {
  return jobs <= 1 ? undefined : Math.max(1, Math.floor(availableParallelism() / jobs));
}

/** A job of a cluster uses the cores that it asks for, unless the experiment says how many. */
function clusterThreads({ slurm, cells }: Pick<LoadedSweep, 'slurm' | 'cells'>): number | undefined {
  const byExperiment = cells[0]?.runs[0]?.config.threads ?? 0;
  return byExperiment > 0 ? undefined : slurm.cpus;
}
