// `sdx cancel`: stops the jobs of a sweep, on the cluster and on this machine, or those of an experiment on the
// cluster. Each saves its work first, and the command that launched them goes on from there.
import { loadExperiment } from '../../config/load.ts';
import { ExitCode } from '../../errors.ts';
import { cancelSubmittedRuns } from '../../jobs/slurm/cancel-submitted.ts';
import { cancelSweep } from '../../sweep/cancel-sweep.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import type { Io } from '../io.ts';
import type { CancelOptions } from '../options.ts';

/** Throws UserError for a wrong file, for what was never launched, and where Slurm does not answer. */
export async function cancelCommand(
  file: string,
  overrides: readonly string[],
  { store, json }: CancelOptions,
  io: Io,
): Promise<number> {
  if ((await detectSweep(file)) !== undefined) {
    const { sweep, cancelled } = await cancelSweep(file, store);
    io.stdout.write(json ? `${JSON.stringify({ sweep, cancelled })}\n` : text(sweep, cancelled));
    return ExitCode.ok;
  }
  const experiment = (await loadExperiment(file, overrides)).config.name;
  const cancelled = await cancelSubmittedRuns(store, experiment);
  io.stdout.write(json ? `${JSON.stringify({ experiment, cancelled })}\n` : text(experiment, cancelled));
  return ExitCode.ok;
}

function text(name: string, cancelled: readonly string[]): string {
  if (cancelled.length === 0) return `nothing to cancel: no job of ${name} waits or runs\n`;
  return `cancelled ${cancelled.length} ${cancelled.length === 1 ? 'job' : 'jobs'}: ${cancelled.join(', ')}\n`;
}
