// Data sets of any kind by their configuration.
import { datasetKind } from './catalog.ts';
import type { DatasetConfig } from './catalog.ts';
import type { DatasetOptions, ImageDataset } from './dataset.ts';
import { splitDataset, splitDigest } from './split.ts';

export type { DatasetConfig } from './catalog.ts';

/** Opens a data set. Throws UserError('input') for missing or damaged files and too many broken samples. */
export async function openDataset(
  config: DatasetConfig,
  options: DatasetOptions = {},
): Promise<ImageDataset> {
  const dataset = await (await datasetKind(config)).open(config, options);
  return config.split === undefined ? dataset : splitDataset(dataset, config.split);
}

/** sha256 (hex) of the source contents and the preprocessing; equals `(await openDataset(config)).digest`. */
export async function datasetDigest(config: DatasetConfig, options: DatasetOptions = {}): Promise<string> {
  const digest = await (await datasetKind(config)).digest(config, options);
  return config.split === undefined ? digest : splitDigest(digest, config.split);
}
