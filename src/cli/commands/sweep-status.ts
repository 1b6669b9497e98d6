// `sdx status` of a sweep: where each of its jobs stands, from their files and, where Slurm has them, from its queue.
// Nothing is planned and no experiment is loaded, so it is as fast for a thousand cells as for ten.
import path from 'node:path';
import { openStore } from '../../store/store.ts';
import { ExitCode } from '../../errors.ts';
import { readCurrentStates, type CurrentJobState } from '../../jobs/slurm/slurm-status.ts';
import { readSweepRecord, sweepFolder } from '../../sweep/sweep-folder.ts';
import type { Io } from '../io.ts';
import { countStates, jobNotes, jobProgress } from '../job-progress.ts';
import { textTable } from '../text-table.ts';

/** Throws UserError('input') for a sweep that was never launched. */
export async function sweepStatus(
  name: string,
  options: { readonly store: string; readonly json: boolean },
  io: Io,
): Promise<number> {
  const store = openStore(options.store);
  const folder = sweepFolder(store.dir, name);
  const { sweep, launcher, shared, cells } = await readSweepRecord(folder);
  const { states, queueProblem } = await readCurrentStates(folder, [...shared, ...cells]);
  const jobs = await Promise.all(
    states.map(async (state) => ({
      ...state,
      ...(await jobProgress(store, `${sweep}-${state.id}`, state)),
    })),
  );
  if (queueProblem !== undefined) io.stderr.write(`warning: the queue is not known: ${queueProblem}\n`);
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ sweep, launcher, jobs, queueProblem }, null, 2)}\n`);
    return ExitCode.ok;
  }
  const ofCells = new Set(cells);
  io.stdout.write(`${sweep}: ${countText(jobs.filter(({ id }) => ofCells.has(id)))}\n\n`);
  io.stdout.write(
    textTable(
      ['job', 'state', 'Slurm', 'notes'],
      jobs.map((job) => [job.id, job.status, job.slurmJob ?? '', jobNotes(job)]),
    ),
  );
  io.stdout.write(`\nLogs: ${path.relative('', path.join(folder, 'logs'))}\n`);
  return ExitCode.ok;
}

/** `8 cells: 5 done, 2 running, 1 failed`. */
function countText(cells: readonly CurrentJobState[]): string {
  return `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}: ${countStates(cells)}`;
}
