// The sources of images by kind. A new source is one row here and one file beside it.
import type { DatasetOptions, ImageDataset } from './dataset.ts';
import { emojiDigest, openEmoji } from './emoji.ts';
import type { EmojiConfig } from './emoji.ts';
import { folderDigest, openFolder } from './folder.ts';
import type { FolderConfig } from './folder.ts';

export type DatasetConfig = EmojiConfig | FolderConfig;

interface DatasetSource<C> {
  readonly open: (config: C, options: DatasetOptions) => Promise<ImageDataset>;
  /** Digest of contents and preprocessing without decoding: cheap enough for planning. */
  readonly digest: (config: C, options: DatasetOptions) => Promise<string>;
}

const sources: { readonly [K in DatasetConfig['kind']]: DatasetSource<Extract<DatasetConfig, { kind: K }>> } =
  {
    emoji: { open: openEmoji, digest: emojiDigest },
    folder: { open: openFolder, digest: folderDigest },
  };

/** The row for a kind; its parameter type is that of the configuration which named the kind. */
function sourceOf(config: DatasetConfig): DatasetSource<DatasetConfig> {
  return sources[config.kind] as DatasetSource<DatasetConfig>;
}

/** Opens a data set. Throws UserError('input') for missing folders and too many broken files. */
export async function openDataset(
  config: DatasetConfig,
  options: DatasetOptions = {},
): Promise<ImageDataset> {
  return sourceOf(config).open(config, options);
}

/** sha256 (hex) of the source contents and the preprocessing; equals `(await openDataset(config)).digest`. */
export async function datasetDigest(config: DatasetConfig, options: DatasetOptions = {}): Promise<string> {
  return sourceOf(config).digest(config, options);
}
