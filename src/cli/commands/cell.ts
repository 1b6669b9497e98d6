// `sdx cell`: one job of a sweep. Launchers call it; progress goes to stderr as lines, events to stdout with --json.
import { ExitCode } from '../../errors.ts';
import { lazyEngine } from '../../runner/lazy-engine.ts';
import { stages } from '../../stages/registry.ts';
import { runCell } from '../../sweep/run-cell.ts';
import type { Io } from '../io.ts';
import type { CellOptions } from '../options.ts';
import { openProgress } from '../progress.ts';

/** Exit 0, or 1 where the job's stages failed. Throws as runCell does. */
export async function cellCommand(
  folder: string,
  id: string,
  { threads, json }: CellOptions,
  io: Io,
): Promise<number> {
  const progress = openProgress({ ...io, isTty: false });
  const state = await runCell({
    folder,
    id,
    stages,
    engine: (config) => lazyEngine(config.engine, { threads: threads ?? config.threads }),
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
