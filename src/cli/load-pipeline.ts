// What run, plan and status share: the experiment with the options that override it, and the store.
import { UserError } from '../errors.ts';
import { openStore, type Store } from '../store/store.ts';
import { loadExperiment, type LoadedExperiment } from '../config/load.ts';
import { variantOf } from '../config/variant.ts';
import { smokeOverrides } from '../config/smoke.ts';
import { engineOverrides } from '../engine/engine-options.ts';
import type { Io } from './io.ts';
import type { PipelineOptions } from './options.ts';
import { loadedAs } from './other-kind.ts';
import { tellWarnings } from './tell-warnings.ts';

export interface Pipeline extends LoadedExperiment {
  readonly store: Store;
  /** The folder of its results below that of the experiment, where changes were made to it (config/variant.ts); asked by who writes results. */
  readonly variant: () => Promise<string | undefined>;
}

type PipelineFlags = Pick<PipelineOptions, 'store'> & Partial<PipelineOptions> & { readonly name?: string };

/** Loads the experiment; `--engine` and `--threads` are overrides like any other. Warnings go to stderr. */
export async function loadPipeline(
  experiment: string,
  overrides: readonly string[],
  options: PipelineFlags,
  io: Io,
): Promise<Pipeline> {
  return loadedAs('experiment', experiment, () => load(experiment, overrides, options, io));
}

async function load(
  experiment: string,
  overrides: readonly string[],
  options: PipelineFlags,
  io: Io,
): Promise<Pipeline> {
  const shrunk = options.profile === 'smoke' ? smokeOverrides((await loadExperiment(experiment)).config) : [];
  const changes = [...overrides, ...engineOverrides(options)];
  const loaded = await loadExperiment(experiment, [...shrunk, ...changes]);
  tellWarnings(loaded.warnings, io);
  const named = options.name === undefined ? undefined : checkedName(options.name);
  return {
    ...loaded,
    store: openStore(options.store),
    // Smoke runs have a name of their own.
    variant: async () => named ?? (options.profile === 'smoke' ? undefined : variantOf(loaded, changes)),
  };
}

const longestName = 100;
/** What `sdx analyze` and `sdx figures` write beside the results of an experiment. */
const ownFolders: ReadonlySet<string> = new Set(['analysis', 'figures']);

function checkedName(name: string): string {
  if (/^[A-Za-z0-9][\w.=,+-]*$/.test(name) && name.length <= longestName && !ownFolders.has(name))
    return name;
  throw new UserError('usage', `--name ${name}: results cannot be called that`, {
    hint: `take letters, digits and hyphens, at most ${longestName}, and not ${[...ownFolders].join(' or ')}`,
  });
}
