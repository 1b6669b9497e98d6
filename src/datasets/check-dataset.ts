// Preflight: what of a data set is missing, told before any computing. Looks at names, counts and headers only; no
// image is read, so it takes seconds even for millions of files.
import { UserError } from '../errors.ts';
import { withByteFile } from '../files/byte-file.ts';
import { cocoSource } from './sources/coco/coco.ts';
import { readCocoCaptions } from './sources/coco/coco-captions.ts';
import type { ImageFilesConfig, ImageSource } from './decode/encoded-images.ts';
import { folderSource } from './sources/folder.ts';
import { imagenetSource } from './sources/imagenet/imagenet.ts';
import { readLmdbMeta } from './sources/lsun/lmdb-pages.ts';
import { lsunLmdbSource } from './sources/lsun/lsun-lmdb.ts';
import type { DatasetConfig } from './open-dataset.ts';
import { describePublished, layouts, publishedDatasets } from './requirements.ts';
import { webdatasetSource } from './sources/webdataset/webdataset.ts';
import { findShards, statedImages } from './sources/webdataset/webdataset-shards.ts';
import { zipSource } from './sources/zip.ts';
import { readZipDirectory } from '../files/zip-directory.ts';

/** One thing that keeps a data set from being used. */
export interface Missing {
  /** Key of the configuration, e.g. `dataset.path`. */
  readonly key: string;
  /** What is wrong, with what was found instead. */
  readonly problem: string;
  /** What should be there. */
  readonly expected: string;
  /** What to do: from where, how large, under which licence. */
  readonly remedy: string;
}

export interface CheckOptions {
  /** Compare counts with those of `dataset.published` (if absent: yes); a smoke run on other images says no. */
  readonly counts?: boolean;
}

interface Found {
  /** Upper bound of the number of images, or undefined where finding out would take long. */
  readonly images?: number;
  readonly classes?: number;
}

type Looks = {
  readonly [K in Exclude<DatasetConfig['kind'], 'emoji'>]: (
    config: Extract<DatasetConfig, { kind: K }>,
  ) => Promise<Found>;
};

const count = async <C extends ImageFilesConfig>(source: ImageSource<C>, config: C): Promise<Found> => ({
  images: (await source.files(config)).names.length,
});

/** What can be known of each kind at a glance. Each throws UserError where path or layout is wrong. */
const looks: Looks = {
  folder: (config) => count(folderSource, config),
  async zip(config) {
    const { single } = await zipSource.files(config);
    return { images: (await withByteFile(single[0]!.path, readZipDirectory)).entries };
  },
  async 'lsun-lmdb'(config) {
    const { single } = await lsunLmdbSource.files(config);
    return { images: (await withByteFile(single[0]!.path, readLmdbMeta)).entries };
  },
  async imagenet(config) {
    const files = await imagenetSource.files(config);
    // Reads the labels of a flat folder: a wrong file must not wait until the images are hashed.
    const { count: images, label } = await imagenetSource.index(config, files, {});
    const classes = new Set<string>();
    for (let i = 0; i < images; i++) classes.add(label!(i));
    return { images, classes: classes.size };
  },
  async webdataset(config) {
    await webdatasetSource.files(config);
    const images = await statedImages(await findShards(config.path));
    return images === undefined ? {} : { images };
  },
  async coco(config) {
    const { names } = await cocoSource.files(config);
    const listed = (await readCocoCaptions(config.annotations)).length;
    const absent = listed - names.length;
    if (absent > config.maxCorrupt)
      throw new UserError(
        'input',
        `${absent} of the ${listed} images of ${config.annotations} are not in ${config.path}`,
      );
    return { images: names.length };
  },
};

/** All that is missing; empty if the data set can be used as far as a glance tells. */
export async function checkDataset(config: DatasetConfig, options: CheckOptions = {}): Promise<Missing[]> {
  if (config.kind === 'emoji') return []; // part of the installation
  const wrongKind = checkKind(config);
  if (wrongKind !== undefined) return [wrongKind];
  let found: Found;
  try {
    found = await (looks[config.kind] as (config: DatasetConfig) => Promise<Found>)(config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [missing(config, keyOf(config, error), error.message, error.hint)];
  }
  return options.counts === false ? [] : checkCounts(config, found);
}

/** Number of images as far as a glance tells: an upper bound; undefined where finding out would take long. Throws UserError as opening does. */
export async function glanceImages(config: FilesConfig): Promise<number | undefined> {
  return (await (looks[config.kind] as (config: DatasetConfig) => Promise<Found>)(config)).images;
}

type FilesConfig = Exclude<DatasetConfig, { kind: 'emoji' }>;

function missing(config: FilesConfig, key: string, problem: string, hint?: string): Missing {
  const source = config.published === undefined ? [] : [describePublished(config.published)];
  return {
    key,
    problem,
    expected: layouts[config.kind],
    remedy: [...(hint === undefined ? [] : [`${hint}.`]), ...source].join(' ') || `Set ${key}.`,
  };
}

/** The key whose file an error is about. */
function keyOf(config: FilesConfig, { where }: UserError): string {
  const entries = Object.entries(config) as [string, unknown][];
  const named = entries.find(([key, value]) => key !== 'path' && value === where?.file);
  return `dataset.${named?.[0] ?? 'path'}`;
}

function checkKind(config: FilesConfig): Missing | undefined {
  if (config.published === undefined) return undefined;
  const { title, kinds } = publishedDatasets[config.published];
  if (kinds.includes(config.kind) || config.kind === 'folder') return undefined;
  const problem = `${title} is read as ${kinds.join(' or ')}, not as ${config.kind}`;
  return missing(config, 'dataset.kind', problem, `set dataset.kind=${kinds[0]!}`);
}

function checkCounts(config: FilesConfig, found: Found): Missing[] {
  if (config.published === undefined) return [];
  const { images, classes } = publishedDatasets[config.published];
  const short = (what: string, have: number | undefined, need: number | undefined): Missing[] => {
    if (have === undefined || need === undefined || have >= need) return [];
    const problem = `${config.path} holds ${have.toLocaleString('en')} ${what} of ${need.toLocaleString('en')}`;
    return [
      missing(config, 'dataset.path', problem, 'complete the download, or leave out dataset.published'),
    ];
  };
  return [...short('images', found.images, images), ...short('classes', found.classes, classes)];
}
