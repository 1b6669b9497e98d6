// What results keep of a configuration and of an engine: nothing of the machine, so that the same experiment has the
// same results everywhere. Numbers of threads stand in timings.json; what computed, in the engine's facts.
import path from 'node:path';
import { mapPaths } from '../config/paths.ts';
import type { Experiment } from '../config/types.generated.ts';
import { without } from '../results/without.ts';

/** A configuration as manifests hold it. */
export type PortableConfig = Omit<Experiment, 'threads' | 'device' | 'memory' | 'log'>;

/** Paths as a file in `folder` would write them. */
export function portableConfig(config: Experiment, folder: string): PortableConfig {
  const portable = mapPaths(config, (found) => path.relative(folder, found).split(path.sep).join('/') || '.');
  return without(portable, 'threads', 'device', 'memory', 'log');
}

/** `Engine.describe()` without the number of threads. */
export function portableEngine(engine: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return without(engine, 'threads');
}
