// The experiment that a half-typed command line is about, as far as it can be read: nothing is checked, and what is
// wrong with it is told when the command runs.
import { homedir } from 'node:os';
import path from 'node:path';
import { fileLayers } from '../../config/extends.ts';
import { isMapping, mergeLayers, type Layer } from '../../config/layers.ts';
import { overrideLayers } from '../../config/overrides.ts';
import { UserError } from '../../errors.ts';

/**
 * The merged configuration of `file` with `overrides`, or of the experiment that the sweep `file` starts from;
 * undefined where it cannot be read.
 */
export async function experimentOf(file: string | undefined, overrides: readonly string[]): Promise<unknown> {
  if (file === undefined) return undefined;
  const own = await layersOf(file.replace(/^~(?=\/)/, homedir()));
  return own && mergeLayers([...own, ...overrides.flatMap((text) => layerOf(text, file))]);
}

/** Names of the students of a configuration. */
export function studentsOf(experiment: unknown): string[] {
  const students = isMapping(experiment) ? experiment['students'] : undefined;
  return isMapping(students) ? Object.keys(students) : [];
}

async function layersOf(file: string): Promise<readonly Layer[] | undefined> {
  const layers = await readable(() => fileLayers(file));
  const content = layers?.at(-1)?.value;
  const base = isMapping(content) ? content['base'] : undefined; // a sweep's
  return typeof base === 'string'
    ? readable(() => fileLayers(path.resolve(path.dirname(file), base)))
    : layers;
}

function layerOf(override: string, file: string): Layer[] {
  try {
    return overrideLayers([override], file, '.');
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
