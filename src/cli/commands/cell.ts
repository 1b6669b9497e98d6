// `sdx cell`: one job of a sweep. Launchers call it; progress goes to stderr as lines, events to stdout with --json.
import { loadExperiment } from '../../config/load.ts';
import { ExitCode } from '../../errors.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { stages } from '../../stages/registry.ts';
import { runCell } from '../../sweep/run-cell.ts';
import { cellFile } from '../../sweep/sweep-folder.ts';
import { askedEngine } from '../asked-engine.ts';
import type { Io } from '../io.ts';
import type { CellOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import type { LeadOptions } from '../run-over-mpi.ts';

/** Exit 0, or 1 where the job's stages failed. Throws as runCell does. */
export async function cellCommand(folder: string, id: string, options: CellOptions, io: Io): Promise<number> {
  const { config } = await loadExperiment(cellFile(folder, id));
  const job = { folder, id, json: options.json };
  const engine = await askedEngine(config, options, io);
  if (config.distributed === 'none') return runJob(job, { io, engine });
  const { runOverMpi } = await import('../run-over-mpi.ts');
  return runOverMpi(config, engine, io, options.json, (lead) => runJob(job, lead));
}

interface Job {
  readonly folder: string;
  readonly id: string;
  readonly json: boolean;
}

async function runJob(
  { folder, id, json }: Job,
  { io, team, engine }: Omit<LeadOptions, 'team'> & Partial<Pick<LeadOptions, 'team'>>,
): Promise<number> {
  const progress = openProgress({ ...io, isTty: false });
  const state = await runCell({
    folder,
    id,
    stages,
    engine: lazyEngine(engine),
    ...(team && { team }),
    signal: io.signal,
    onEvent: (event) => {
      progress.show(event);
      if (json) io.stdout.write(`${JSON.stringify(event)}\n`);
    },
  }).finally(() => {
    progress.close();
  });
  if (state.error !== undefined) io.stderr.write(`error: ${state.error}\n`);
  return state.status === 'done' ? ExitCode.ok : ExitCode.stageFailed;
}
