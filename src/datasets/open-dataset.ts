// The sources of images by kind. A new source is one row here and one file beside it.
import { cocoSource } from './sources/coco/coco.ts';
import type { CocoConfig } from './sources/coco/coco.ts';
import type { DatasetOptions, ImageDataset } from './dataset.ts';
import { emojiDigest, openEmoji } from './sources/emoji.ts';
import type { EmojiConfig } from './sources/emoji.ts';
import type { ImageFilesConfig, ImageSource } from './decode/encoded-images.ts';
import { folderSource } from './sources/folder.ts';
import type { FolderConfig } from './sources/folder.ts';
import { imagenetSource } from './sources/imagenet/imagenet.ts';
import type { ImagenetConfig } from './sources/imagenet/imagenet.ts';
import { lsunLmdbSource } from './sources/lsun/lsun-lmdb.ts';
import type { LsunLmdbConfig } from './sources/lsun/lsun-lmdb.ts';
import { openSource, sourceDigest } from './open-source.ts';
import { webdatasetSource } from './sources/webdataset/webdataset.ts';
import type { WebdatasetConfig } from './sources/webdataset/webdataset.ts';
import { zipSource } from './sources/zip.ts';
import type { ZipConfig } from './sources/zip.ts';

export type DatasetConfig =
  EmojiConfig | FolderConfig | ZipConfig | LsunLmdbConfig | ImagenetConfig | WebdatasetConfig | CocoConfig;

interface DatasetReader<C> {
  readonly open: (config: C, options: DatasetOptions) => Promise<ImageDataset>;
  /** Digest of contents and preprocessing without decoding: cheap enough for planning. */
  readonly digest: (config: C, options: DatasetOptions) => Promise<string>;
}

function imageFiles<C extends ImageFilesConfig & { readonly kind: string }>(
  source: ImageSource<C>,
): DatasetReader<C> {
  return {
    open: (config, options) => openSource(source, config, options),
    digest: (config, options) => sourceDigest(source, config, options),
  };
}

const readers: { readonly [K in DatasetConfig['kind']]: DatasetReader<Extract<DatasetConfig, { kind: K }>> } =
  {
    emoji: { open: openEmoji, digest: emojiDigest },
    folder: imageFiles(folderSource),
    zip: imageFiles(zipSource),
    'lsun-lmdb': imageFiles(lsunLmdbSource),
    imagenet: imageFiles(imagenetSource),
    webdataset: imageFiles(webdatasetSource),
    coco: imageFiles(cocoSource),
  };

/** The row for a kind; its parameter type is that of the configuration which named the kind. */
function readerOf(config: DatasetConfig): DatasetReader<DatasetConfig> {
  return readers[config.kind] as DatasetReader<DatasetConfig>;
}

/** Opens a data set. Throws UserError('input') for missing or damaged files and too many broken samples. */
export async function openDataset(
  config: DatasetConfig,
  options: DatasetOptions = {},
): Promise<ImageDataset> {
  return readerOf(config).open(config, options);
}

/** sha256 (hex) of the source contents and the preprocessing; equals `(await openDataset(config)).digest`. */
export async function datasetDigest(config: DatasetConfig, options: DatasetOptions = {}): Promise<string> {
  return readerOf(config).digest(config, options);
}
