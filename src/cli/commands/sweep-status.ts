// `sdx status` of a sweep: where each of its jobs stands, from their files and, where Slurm has them, from its queue.
// Nothing is planned and no experiment is loaded, so it is as fast for a thousand cells as for ten.
import path from 'node:path';
import { openStore, type Store } from '../../artifacts/store.ts';
import { ExitCode } from '../../errors.ts';
import { readCurrentStates, type CurrentJobState } from '../../runner/launchers/slurm-status.ts';
import { readRunRecord } from '../../runner/run-record.ts';
import { readSweepRecord, sweepFolder } from '../../sweep/sweep-folder.ts';
import type { Io } from '../io.ts';
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
    states.map(async (state) => ({ ...state, ...(await progressOf(store, sweep, state)) })),
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
      jobs.map(({ id, status, slurmJob, note, progress, error }) => [
        id,
        status,
        slurmJob ?? '',
        [note, progress, status === 'failed' ? error?.split('\n')[0] : undefined].filter(Boolean).join('; '),
      ]),
    ),
  );
  io.stdout.write(`\nLogs: ${path.relative('', path.join(folder, 'logs'))}\n`);
  return ExitCode.ok;
}

/** The stage that a running job is at. */
async function progressOf(
  store: Store,
  sweep: string,
  { id, status }: CurrentJobState,
): Promise<{ readonly progress?: string }> {
  if (status !== 'running') return {};
  const record = await readRunRecord(store.runFile(`${sweep}-${id}`));
  const at = Object.entries(record?.nodes ?? {}).find(([, node]) => node.status === 'running');
  if (at === undefined) return {};
  const [stage, { progress }] = at;
  return {
    progress: progress ? `${stage} ${Math.floor(progress.done)}/${progress.total} ${progress.unit}` : stage,
  };
}

/** `8 cells: 5 done, 2 running, 1 failed`. */
function countText(cells: readonly CurrentJobState[]): string {
  const counts = new Map<string, number>();
  for (const { status } of cells) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}: ${parts.join(', ')}`;
}
