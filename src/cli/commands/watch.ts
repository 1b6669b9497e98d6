// `sdx watch`: a page on this machine that shows how far an experiment or a sweep is, beside its run or afterwards.
import path from 'node:path';
import { openStore } from '../../store/store.ts';
import { detectSweep } from '../../sweep/detect-sweep.ts';
import { operationsOf, viewExperiment } from '../../watch/experiment-view.ts';
import { viewSweep } from '../../watch/sweep-view.ts';
import { serveWatch } from '../../watch/watch-server.ts';
import type { Io } from '../io.ts';
import { resultsFolderOf } from '../../results/results-folder.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { WatchOptions } from '../options.ts';
import { untilInterrupted } from '../until-interrupted.ts';

/** Serves until it is interrupted. Throws as loadPipeline does. */
export async function watchCommand(
  file: string,
  overrides: readonly string[],
  options: WatchOptions,
  io: Io,
): Promise<number> {
  const { port, results: resultsDir, store: dir } = options;
  const sweep = (await detectSweep(file))?.name;
  if (sweep !== undefined) {
    const watched = { name: sweep, store: openStore(dir), resultsDir };
    return serve(path.resolve(resultsDir, sweep), () => viewSweep(watched, Date.now()));
  }
  const { config, store, variant } = await loadPipeline(file, overrides, { store: dir }, io);
  const watched = { config, store, resultsDir, variant: await variant() };
  const operations = await operationsOf(watched);
  return serve(resultsFolderOf(watched), () => viewExperiment(watched, operations));

  async function serve(resultsFolder: string, look: () => ReturnType<typeof viewSweep>): Promise<number> {
    return untilInterrupted(await serveWatch({ port, look, resultsFolder }), io);
  }
}
