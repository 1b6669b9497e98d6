// From encoded images to a data set: digest, one decoding of every sample to know which are usable, then access by
// index. Both passes are remembered and go on where an interrupted one stopped. All kinds of image files share it.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import { contentDigest } from './digest/content-digest.ts';
import type { CorruptSample, DatasetOptions, ImageDataset } from './dataset.ts';
import type { DatasetKind } from './dataset-kind.ts';
import { decodeRgb, decodeSample, decoderVersion, describePreprocessing } from './decode/decode-image.ts';
import type { Preprocessing } from './decode/decode-image.ts';
import { openDigestCache } from './digest/digest-cache.ts';
import type { DecodeCheck, DigestCache } from './digest/digest-cache.ts';
import type { EncodedImages, ImageFilesConfig, ImageSource } from './decode/encoded-images.ts';
import { listedImages, readImageList } from './listed-images.ts';
import { orderedMap } from './ordered-map.ts';
import { toldAt } from './told-at.ts';
import { printable } from '../printable.ts';

const decodersAtOnce = 4;
/** Samples between two points at which an interrupted check can go on. */
const segmentSize = 1000;
/** A check ends early once this many more samples than allowed are broken. */
const listedBeyondLimit = 1000;

/** A configuration that names its kind. */
type SourceConfig = ImageFilesConfig & { readonly kind: string };

/** What a kind of image files tells of itself besides how to read it; without `glance`, its files are counted. */
type ImageFileFacts<C> = Pick<DatasetKind<C>, 'layout' | 'holdsAnyPublished'> & Partial<DatasetKind<C>>;

export interface ImageFileKind<C extends SourceConfig> extends DatasetKind<C> {
  readonly source: ImageSource<C>;
}

/** The description of a kind of image files that `source` reads. */
export function imageFileKind<C extends SourceConfig>(
  source: ImageSource<C>,
  facts: ImageFileFacts<C>,
): ImageFileKind<C> {
  const listed = takingLists(source);
  const glance =
    facts.glance ?? (async (config: C) => ({ images: (await source.files(config)).names.length }));
  return {
    source,
    open: (config, options) => openSource(listed, config, options),
    digest: (config, options) => sourceDigest(listed, config, options),
    ...facts,
    glance: async (config) => ({
      ...(await glance(config)),
      ...(config.list !== undefined && { listed: (await readImageList(config.list)).length }),
    }),
  };
}

/** The source with `dataset.list`, whose contents are then in the digest. */
function takingLists<C extends SourceConfig>(source: ImageSource<C>): ImageSource<C> {
  return {
    digestedFiles: [...(source.digestedFiles ?? []), 'list'],
    async files(config) {
      const files = await source.files(config);
      if (config.list === undefined) return files;
      return { ...files, single: [...files.single, { as: 'list', path: config.list }] };
    },
    async index(config, files, options) {
      const images = await source.index(config, files, options);
      return config.list === undefined
        ? images
        : listedImages(images, await readImageList(config.list), config.list);
    },
  };
}

/** Opens the source; the first time, every sample is read and decoded once. */
async function openSource<C extends SourceConfig>(
  source: ImageSource<C>,
  config: C,
  options: DatasetOptions,
): Promise<ImageDataset> {
  const files = await source.files(config);
  const cache = await openDigestCache(options.digestCacheFile);
  try {
    const contents = await contentDigest(files, cache, options);
    const selection = selectionOf(config, source.digestedFiles);
    const images = await source.index(config, files, options);
    const key = digestKey(config, selection, contents);
    const { broken } = await checkAll(images, key, cache, config, options);
    const corrupt = [
      ...images.corrupt,
      ...broken.map(([index, reason]) => ({ file: images.name(index), reason })),
    ];
    refuseTooManyCorrupt(corrupt, config);
    const digest = digestOf(config, selection, contents);
    return datasetOf(images, new Set(broken.map(([index]) => index)), corrupt, config, digest);
  } finally {
    await cache.save(); // keep what an interrupted pass has learnt
  }
}

/** The digest that `openSource` reports; reads files that the cache does not know, decodes none. */
async function sourceDigest<C extends SourceConfig>(
  source: ImageSource<C>,
  config: C,
  options: DatasetOptions,
): Promise<string> {
  const cache = await openDigestCache(options.digestCacheFile);
  try {
    const contents = await contentDigest(await source.files(config), cache, options);
    return digestOf(config, selectionOf(config, source.digestedFiles), contents);
  } finally {
    await cache.save();
  }
}

function preprocessingOf({ size, filter, alpha }: ImageFilesConfig): Preprocessing {
  return { size, filter, alpha };
}

/** Keys of every kind that change neither which samples there are nor their labels, or are in the digest otherwise. */
const neutralKeys = ['path', 'size', 'filter', 'alpha', 'maxCorrupt', 'published', 'split', 'flip', 'kind'];

/** Options of a kind that change which samples there are, or their labels: all but those that are known not to. */
function selectionOf(config: SourceConfig, digestedFiles: readonly string[] = []): string {
  const neutral = new Set([...neutralKeys, ...digestedFiles]);
  const rest = Object.entries(config).filter(([key]) => !neutral.has(key));
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(config: SourceConfig, selection: string, contents: string): string {
  const how = describePreprocessing(preprocessingOf(config));
  return createHash('sha256').update(`${config.kind}\n${selection}\n${how}\n${contents}\n`).digest('hex');
}

/** Decoding depends on the contents, on what is selected, and on the decoder, not on the size asked for. */
function digestKey(config: SourceConfig, selection: string, contents: string): string {
  return `${config.kind} ${selection} decoder ${decoderVersion} ${contents}`;
}

/** Decodes the samples that were not yet checked. */
async function checkAll(
  images: EncodedImages,
  key: string,
  cache: DigestCache,
  config: ImageFilesConfig,
  { signal, onProgress }: DatasetOptions,
): Promise<DecodeCheck> {
  let { checked, broken }: DecodeCheck = cache.getCheck(key) ?? { checked: 0, broken: [] };
  const most = config.maxCorrupt + listedBeyondLimit;
  while (checked < images.count && broken.length + images.corrupt.length <= most) {
    const start = checked;
    const indices = Array.from({ length: Math.min(segmentSize, images.count - start) }, (_, i) => start + i);
    const problems = await orderedMap(indices, (index) => problemOf(images, index), {
      width: decodersAtOnce,
      signal,
      onProgress: (done) => onProgress?.(start + done, images.count),
    });
    const found = problems.flatMap((problem, i): [number, string][] =>
      problem === null ? [] : [[start + i, problem]],
    );
    broken = [...broken, ...found];
    checked += indices.length;
    cache.setCheck(key, { checked, broken });
    await cache.save();
  }
  return { checked, broken };
}

/** Why a sample does not decode, or null. Only the first line of the decoder's message is kept. */
async function problemOf(images: EncodedImages, index: number): Promise<string | null> {
  try {
    await decodeRgb(await images.read(index), 'drop');
    return null;
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}

function refuseTooManyCorrupt(corrupt: readonly CorruptSample[], config: ImageFilesConfig): void {
  if (corrupt.length <= config.maxCorrupt) return;
  const all = corrupt.length <= config.maxCorrupt + listedBeyondLimit;
  const shown = corrupt.slice(0, 10).map(({ file, reason }) => `  ${printable(file)}: ${printable(reason)}`);
  const more = corrupt.length > 10 ? [`  and ${corrupt.length - 10} more`] : [];
  const count = `${all ? '' : 'at least '}${corrupt.length} image${corrupt.length === 1 ? '' : 's'}`;
  throw new UserError('input', [`${count} in ${config.path} cannot be used:`, ...shown, ...more].join('\n'), {
    hint: all
      ? `repair or remove them, or allow them with dataset.maxCorrupt=${corrupt.length}`
      : 'most of it is broken: check where the images came from',
    where: { file: config.path },
  });
}

function datasetOf(
  images: EncodedImages,
  broken: ReadonlySet<number>,
  corrupt: readonly CorruptSample[],
  config: SourceConfig,
  digest: string,
): ImageDataset {
  const count = images.count - broken.size;
  if (count === 0)
    throw new UserError('input', `no usable image in ${config.path}`, {
      hint: 'every image in it is broken: check where the images came from',
      where: { file: config.path },
    });
  const usable = broken.size === 0 ? undefined : new Float64Array(count);
  if (usable !== undefined)
    for (let index = 0, at = 0; index < images.count; index++) if (!broken.has(index)) usable[at++] = index;
  const at = (index: number): number => (usable === undefined ? index : usable[index]!);
  const how = preprocessingOf(config);
  return {
    count,
    size: config.size,
    digest,
    corrupt,
    async read(index) {
      try {
        return await decodeSample(await images.read(at(index)), how);
      } catch (cause) {
        if (cause instanceof UserError) throw cause;
        throw new UserError(
          'input',
          `cannot read ${printable(images.name(at(index)))}: ${firstLine(cause)}`,
          {
            hint: 'it was readable before: the data set has changed; run the command again',
            where: { file: config.path },
            cause,
          },
        );
      }
    },
    name: (index) => images.name(at(index)),
    ...toldAt(images, at),
  };
}
