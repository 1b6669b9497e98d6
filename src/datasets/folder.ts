// A folder of PNG, JPEG or WebP images, read recursively in code point order. Images in sub-folders take the
// first folder's name as their class. Broken files are listed and skipped, up to a limit that the user sets.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { CorruptSample, DatasetOptions, ImageDataset } from './dataset.ts';
import { decodeRgb, decodeSample, describePreprocessing } from './decode-image.ts';
import type { AlphaMode, Preprocessing } from './decode-image.ts';
import { openDigestCache } from './digest-cache.ts';
import type { DigestCache, KnownFile } from './digest-cache.ts';
import { orderedMap } from './ordered-map.ts';
import type { PillowFilter } from './pillow-resize.ts';

export interface FolderConfig {
  readonly kind: 'folder';
  readonly path: string;
  /** Side in pixels. */
  readonly size: number;
  readonly filter: PillowFilter;
  readonly alpha: AlphaMode;
  /** More broken files than this end the run. */
  readonly maxCorrupt: number;
}

const extensions = new Set(['.png', '.jpg', '.jpeg', '.webp']);
const readersAtOnce = 4;

/** UTF-8 byte order is code point order. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Paths relative to `root` with forward slashes, sorted. */
async function listImages(root: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(root, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new UserError('input', `cannot read the image folder ${root}`, {
      hint: 'set dataset.path to an existing folder of png, jpg or webp images',
      where: { file: root },
      cause,
    });
  }
  const files = entries
    .filter((entry) => !entry.isDirectory() && extensions.has(path.extname(entry.name).toLowerCase()))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .sort(compareCodePoints);
  if (files.length === 0)
    throw new UserError('input', `no png, jpg or webp images in ${root}`, {
      hint: 'point dataset.path at the folder that holds the images (sub-folders are read too)',
      where: { file: root },
    });
  return files;
}

/** Why the bytes do not decode, or null. Only the first line of the decoder's message is kept. */
async function problemOf(bytes: Uint8Array): Promise<string | null> {
  try {
    await decodeRgb(bytes, 'drop');
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
  }
}

/** Content digest of a file and, if `check`, whether it decodes; from the cache where it is known. */
async function inspect(file: string, cache: DigestCache, check: boolean): Promise<KnownFile> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const identity = { size: Number(size), mtimeNs: mtimeNs.toString() };
  const known = cache.get(file, identity);
  if (known !== undefined && (!check || known.problem !== undefined)) return known;
  const bytes = await readFile(file);
  const sha256 = known?.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  const result = { ...identity, sha256, ...(check ? { problem: await problemOf(bytes) } : {}) };
  cache.set(file, result);
  return result;
}

interface Scan {
  readonly root: string;
  readonly names: readonly string[];
  readonly known: readonly KnownFile[];
  readonly how: Preprocessing;
  readonly digest: string;
}

async function scan(config: FolderConfig, options: DatasetOptions, check: boolean): Promise<Scan> {
  const root = path.resolve(config.path);
  const names = await listImages(root);
  const cache = await openDigestCache(options.digestCacheFile);
  const { signal, onProgress } = options;
  const limits = { width: readersAtOnce, signal, onProgress };
  let known: KnownFile[];
  try {
    known = await orderedMap(names, (name) => inspect(path.join(root, name), cache, check), limits);
  } finally {
    await cache.save(); // keep what an interrupted scan has learnt
  }
  const how: Preprocessing = { size: config.size, filter: config.filter, alpha: config.alpha };
  const hash = createHash('sha256').update(`folder\n${describePreprocessing(how)}\n`);
  for (const [index, name] of names.entries()) hash.update(`${name} ${known[index]!.sha256}\n`);
  return { root, names, known, how, digest: hash.digest('hex') };
}

function refuseTooManyCorrupt(corrupt: readonly CorruptSample[], config: FolderConfig): void {
  if (corrupt.length <= config.maxCorrupt) return;
  const shown = corrupt.slice(0, 10).map(({ file, reason }) => `  ${file}: ${reason}`);
  const more = corrupt.length > 10 ? [`  and ${corrupt.length - 10} more`] : [];
  throw new UserError(
    'input',
    [`${corrupt.length} images in ${config.path} cannot be decoded:`, ...shown, ...more].join('\n'),
    {
      hint: `repair or remove them, or allow them with dataset.maxCorrupt=${corrupt.length}`,
      where: { file: config.path },
    },
  );
}

/** Opens the folder; the first time, every file is read and decoded once to know which are usable. */
export async function openFolder(config: FolderConfig, options: DatasetOptions = {}): Promise<ImageDataset> {
  const { root, names, known, how, digest } = await scan(config, options, true);
  const corrupt = names.flatMap((file, index) => {
    const reason = known[index]!.problem;
    return typeof reason === 'string' ? [{ file, reason }] : [];
  });
  refuseTooManyCorrupt(corrupt, config);
  const usable = names.filter((_, index) => known[index]!.problem === null);
  if (usable.length === 0)
    throw new UserError('input', `no usable image in ${config.path}`, {
      hint: 'every file in it is broken: check where the images came from',
      where: { file: config.path },
    });
  const classes = usable.map((name) => (name.includes('/') ? name.split('/', 1)[0]! : undefined));
  const classOf = (index: number): string => classes[index] ?? '';
  return {
    count: usable.length,
    size: config.size,
    digest,
    corrupt,
    read: async (index) => decodeSample(await readFile(path.join(root, usable[index]!)), how),
    name: (index) => usable[index]!,
    ...(classes.every((name) => name !== undefined) ? { label: classOf } : {}),
  };
}

/** The digest that `openFolder` reports; reads files that the cache does not know, decodes none. */
export async function folderDigest(config: FolderConfig, options: DatasetOptions = {}): Promise<string> {
  return (await scan(config, options, false)).digest;
}
