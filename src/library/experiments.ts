// Experiments as a program runs them: what the commands of the same names do, without a terminal.
import { loadExperiment, type LoadedExperiment } from '../config/load.ts';
import { variantOf } from '../config/variant.ts';
import { engineOptions, type EngineFlags } from '../engine/engine-options.ts';
import { UserError } from '../errors.ts';
import { checkEngine } from '../runner/check-engine.ts';
import type { RunEvent } from '../runner/events.ts';
import { lazyEngine } from '../runner/lazy-engine.ts';
import { plannedRun, type PlannedRun } from '../runner/planned-run.ts';
import { runAnalysis, type AnalysisRun } from '../runner/run-analysis.ts';
import { runExperiment as run, type ExperimentRun } from '../runner/run-experiment.ts';
import { usualFolders } from '../usual-folders.ts';
import { catalog } from '../stages/catalog.ts';
import { stages } from '../stages/registry.ts';
import { openStore } from '../store/store.ts';

/** Where things lie and what computes; what is left out is as on the command line. */
export interface LibraryOptions extends EngineFlags {
  /** Changes of the form `key.key=value`. */
  readonly overrides?: readonly string[];
  /** Folder of the artifact store; `.sdx`, or SDX_STORE. */
  readonly store?: string;
  /** Stops the work at its next step; the same call goes on from there. */
  readonly signal?: AbortSignal;
}

export interface RunLibraryOptions extends LibraryOptions {
  /** Folder that results are written to, each experiment in one of its name, with changes in one below it; `results`. */
  readonly results?: string;
  /** Told of every stage: started, progress, done, failed. */
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Runs the experiment in `file`, or what is missing of it, and writes its results. A model whose stages fail does not stop the
 * others: `outcome` says so. Throws ExperimentError for a wrong configuration, UserError for data, files and devices that are not
 * there, InterruptedError where `signal` stops it.
 */
export async function runExperiment(file: string, options: RunLibraryOptions = {}): Promise<ExperimentRun> {
  const loaded = await load(file, options);
  const { config, digest, file: absolute } = loaded;
  const variant = await variantOf(loaded, options.overrides ?? []);
  return run({ ...(await parts(config, options)), variant, config, file: absolute, configDigest: digest });
}

/** What a run would do, stage by stage, and what it costs. Computes nothing. Throws as runExperiment does. */
export async function planExperiment(file: string, options: LibraryOptions = {}): Promise<PlannedRun> {
  const { config } = await load(file, options);
  const { store, signal } = options;
  return plannedRun({ config, store: storeAt(store), stages: catalog, ...(signal && { signal }) });
}

/**
 * Where `models` lose, and what their gates do (`sdx analyze`); none: all models. Trains nothing. Throws UserError for models that
 * are not trained, and as runExperiment does.
 */
export async function analyzeExperiment(
  file: string,
  models: readonly string[] = [],
  options: RunLibraryOptions = {},
): Promise<AnalysisRun> {
  const loaded = await load(file, options, ['analyze={}']);
  const { config } = loaded;
  const variant = await variantOf(loaded, options.overrides ?? []);
  return runAnalysis({
    ...(await parts(config, options)),
    variant,
    config,
    models,
    trainedBy: `sdx run ${file}`,
  });
}

async function load(
  file: string,
  { overrides = [] }: LibraryOptions,
  first: readonly string[] = [],
): Promise<LoadedExperiment> {
  const loaded = await loadExperiment(file, [...first, ...overrides]);
  if (loaded.config.distributed !== 'none')
    throw new UserError(
      'usage',
      'a program cannot train over MPI: its processes are those of `mpirun sdx run`',
      {
        hint: 'give the change distributed=none, or run the command',
        where: { file },
      },
    );
  return loaded;
}

async function parts(
  config: LoadedExperiment['config'],
  options: RunLibraryOptions,
): Promise<
  Pick<Parameters<typeof run>[0], 'store' | 'resultsDir' | 'stages' | 'engine' | 'signal' | 'onEvent'>
> {
  const asked = engineOptions(config, options);
  await checkEngine(asked);
  return {
    store: storeAt(options.store),
    resultsDir: options.results ?? usualFolders.results,
    stages,
    engine: lazyEngine(asked),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => undefined),
  };
}

function storeAt(folder: string | undefined): ReturnType<typeof openStore> {
  return openStore(folder ?? process.env['SDX_STORE'] ?? usualFolders.store);
}
