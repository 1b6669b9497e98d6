// Paths in a configuration are relative to whatever wrote them: a YAML file's folder, or the current folder for an
// override. In a resolved configuration they are absolute.
import path from 'node:path';
import { isMapping, layerOf, type Layer } from './layers.ts';
import type { Experiment } from './types.generated.ts';

/** Where a configuration holds paths of files and folders. */
const pathKeys: readonly (readonly string[])[] = [
  ...[['dataset'], ['evaluate', 'dataset']].flatMap((dataset) =>
    ['path', 'annotations', 'groundTruth', 'synsets'].map((key) => [...dataset, key]),
  ),
  ['autoencoder', 'checkpoint', 'path'],
  ['conditioning', 'encoder', 'checkpoint', 'path'],
  ['conditioning', 'encoder', 'vocabulary'], // a file's path for CLIP, else a number
  ['teacher', 'checkpoint', 'path'],
  ['evaluate', 'extractor', 'weights'],
  ['evaluate', 'referenceStats'],
];

/** Whether the value at `key` is the path of a file or folder. */
export function isPathKey(key: readonly string[]): boolean {
  return pathKeys.some((known) => known.join('.') === key.join('.'));
}

/** A copy of `config` in which `change` was applied to every path that it holds. */
export function mapPaths(
  config: Experiment,
  change: (found: string, at: readonly string[]) => string,
): Experiment {
  const copy = structuredClone(config);
  for (const at of pathKeys) {
    const holder = at
      .slice(0, -1)
      .reduce<unknown>((node, key) => (isMapping(node) ? node[key] : undefined), copy);
    const key = at.at(-1)!;
    if (isMapping(holder) && typeof holder[key] === 'string')
      Object.assign(holder, { [key]: change(holder[key], at) });
  }
  return copy;
}

/** `config` with absolute paths, each resolved from the folder of the layer that wrote it. */
export function absolutePaths(config: Experiment, layers: readonly Layer[]): Experiment {
  return mapPaths(config, (found, at) => path.resolve(layerOf(layers, at)?.folder ?? '.', found));
}
