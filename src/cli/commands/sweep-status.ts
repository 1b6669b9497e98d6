// `sdx status` of a sweep: where each of its jobs stands.
import path from 'node:path';
import { ExitCode } from '../../errors.ts';
import type { JobState } from '../../jobs/job-state.ts';
import { openStore } from '../../store/store.ts';
import { readSweepStatus } from '../../sweep/sweep-status.ts';
import type { Io } from '../io.ts';
import { countStates, jobNotes } from '../job-text.ts';
import { textTable } from '../../report/formats/text-table.ts';

/** Throws as readSweepStatus does. */
export async function sweepStatus(
  name: string,
  options: { readonly store: string; readonly json: boolean },
  io: Io,
): Promise<number> {
  const { folder, cells, ...status } = await readSweepStatus(openStore(options.store), name);
  const { sweep, launcher, jobs, queueProblem } = status;
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
      io.screen,
    ),
  );
  io.stdout.write(`\nLogs: ${path.relative('', path.join(folder, 'logs'))}\n`);
  return ExitCode.ok;
}

/** `8 cells: 5 done, 2 running, 1 failed`. */
function countText(cells: readonly JobState[]): string {
  return `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}: ${countStates(cells)}`;
}
