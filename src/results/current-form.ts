// Manifests of earlier versions told samples per second and numbers of threads. Read, they are as this version writes
// them.
import type { ModelResult, ResultsManifest } from './manifest.ts';
import type { SweepManifest } from './sweep-manifest.ts';
import { without } from './without.ts';

/** The manifest of an experiment, from whichever version. */
export function currentManifest(manifest: ResultsManifest): ResultsManifest {
  const { config, engine, models } = manifest;
  return {
    ...manifest,
    config: currentConfig(config),
    engine: without(engine, 'threads'),
    models: models.map(currentModel),
  };
}

/** The manifest of a sweep, from whichever version. */
export function currentSweepManifest(manifest: SweepManifest): SweepManifest {
  const engines = manifest.engines.map((engine) => without(engine, 'threads'));
  return {
    ...manifest,
    // Engines that differed in their threads alone are one.
    engines: [...new Map(engines.map((engine) => [JSON.stringify(engine), engine])).values()],
    teachers: manifest.teachers.map(currentModel),
    cells: manifest.cells.map((cell) => ({
      ...cell,
      config: currentConfig(cell.config),
      runs: cell.runs.map((run) => (run.model ? { ...run, model: currentModel(run.model) } : run)),
    })),
  };
}

function currentModel(model: ModelResult): ModelResult {
  return without(model, 'samplesPerSecond');
}

function currentConfig(config: unknown): unknown {
  return typeof config === 'object' && config !== null ? without(config, 'threads') : config;
}
