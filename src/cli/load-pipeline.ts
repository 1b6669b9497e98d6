// What run, plan and status share: the experiment with the options that override it, and the store.
import { openStore, type Store } from '../store/store.ts';
import { loadExperiment, type LoadedExperiment } from '../config/load.ts';
import { smokeOverrides } from '../config/smoke.ts';
import { engineOverrides } from '../engine/engine-options.ts';
import type { Io } from './io.ts';
import type { PipelineOptions } from './options.ts';
import { loadedAs } from './other-kind.ts';
import { tellWarnings } from './tell-warnings.ts';

export interface Pipeline extends LoadedExperiment {
  readonly store: Store;
}

type PipelineFlags = Pick<PipelineOptions, 'store'> & Partial<PipelineOptions>;

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
  const loaded = await loadExperiment(experiment, [...shrunk, ...overrides, ...engineOverrides(options)]);
  tellWarnings(loaded.warnings, io);
  return { ...loaded, store: openStore(options.store) };
}
