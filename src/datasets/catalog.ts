// The kinds of data sets. A new kind is its room under sources/, a row here and its definition in the schema.
import type { DatasetKind } from './dataset-kind.ts';
import type { SplitConfig } from './parts.ts';
import { avatars } from './sources/avatars/source.ts';
import { coco } from './sources/coco/source.ts';
import { emoji } from './sources/emoji.ts';
import { folder } from './sources/folder.ts';
import { imagenet } from './sources/imagenet/source.ts';
import { lsunLmdb } from './sources/lsun-lmdb/source.ts';
import { webdataset } from './sources/webdataset/source.ts';
import { zip } from './sources/zip.ts';

const kinds = {
  emoji,
  avatars,
  folder,
  zip,
  'lsun-lmdb': lsunLmdb,
  imagenet,
  webdataset,
  coco,
} as const;

type ConfigOf<Kind> = Kind extends DatasetKind<infer C> ? C : never;

/** The configuration of a data set of any kind; all may be divided. */
export type DatasetConfig = ConfigOf<(typeof kinds)[keyof typeof kinds]> & { readonly split?: SplitConfig };

/** The row for a kind; its parameter type is that of the configuration which named the kind. */
export function datasetKind(config: DatasetConfig): DatasetKind<DatasetConfig> {
  return kinds[config.kind] as DatasetKind<DatasetConfig>;
}
