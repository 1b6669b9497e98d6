// The kinds of data sets. A new kind is its room under sources/, a row here and its definition in the schema.
// Each is loaded when a configuration names it, with the packages that it reads or draws images with.
import type { DatasetKind } from './dataset-kind.ts';
import type { SplitConfig } from './parts.ts';

const kinds = {
  emoji: async () => (await import('./sources/emoji.ts')).emoji,
  avatars: async () => (await import('./sources/avatars/source.ts')).avatars,
  folder: async () => (await import('./sources/folder.ts')).folder,
  zip: async () => (await import('./sources/zip.ts')).zip,
  'lsun-lmdb': async () => (await import('./sources/lsun-lmdb/source.ts')).lsunLmdb,
  imagenet: async () => (await import('./sources/imagenet/source.ts')).imagenet,
  webdataset: async () => (await import('./sources/webdataset/source.ts')).webdataset,
  coco: async () => (await import('./sources/coco/source.ts')).coco,
} as const;

type ConfigOf<Kind> = Kind extends DatasetKind<infer C> ? C : never;

/** The configuration of a data set of any kind; all may be divided. */
export type DatasetConfig = ConfigOf<Awaited<ReturnType<(typeof kinds)[keyof typeof kinds]>>> & {
  readonly split?: SplitConfig;
  /** Training sees images mirrored half of the time; this changes no sample. */
  readonly flip?: boolean;
};

/** The row for a kind; its parameter type is that of the configuration which named the kind. */
export async function datasetKind(config: DatasetConfig): Promise<DatasetKind<DatasetConfig>> {
  return (await kinds[config.kind]()) as DatasetKind<DatasetConfig>;
}
