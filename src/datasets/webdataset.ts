// WebDataset tar shards as img2dataset writes them for LAION: members key.jpg, key.txt, key.json next to each other.
// Sample order is shard order, then order in the shard. Captions are read while indexing and held as bytes.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InterruptedError, UserError } from '../errors.ts';
import { expandBraces } from './brace-pattern.ts';
import { damaged, maxSampleBytes, windowed, withByteFile } from './byte-file.ts';
import type { ByteFile } from './byte-file.ts';
import { bytesColumn, numberColumn } from './compact-columns.ts';
import type { CorruptSample } from './dataset.ts';
import type { ImageFilesConfig, ImageSource } from './encoded-images.ts';
import { compareCodePoints, isImageName } from './image-files.ts';
import { orderedMap } from './ordered-map.ts';
import { tarMembers } from './tar-members.ts';
import type { TarMember } from './tar-members.ts';

export interface WebdatasetConfig extends ImageFilesConfig {
  readonly kind: 'webdataset';
  /** Whether samples need a text (key.txt, else `caption` of key.json); those without then count as corrupt. */
  readonly captions: boolean;
}

/** Longest text or metadata member that is believed. */
const maxTextBytes = 1 << 18;

export const webdatasetSource: ImageSource<WebdatasetConfig> = {
  async files(config) {
    const shards = await existingShards(config.path);
    const names = shards.map((shard) => path.basename(shard));
    const seen = new Set<string>();
    const twice = names.find((name) => seen.size === seen.add(name).size);
    if (twice !== undefined)
      throw new UserError('input', `two shards are named ${twice}`, {
        hint: 'sample names begin with the name of the shard: give shards different names',
      });
    return { root: '', names: [], single: shards.map((shard, i) => ({ as: names[i]!, path: shard })) };
  },
  async index({ captions }, { single }, { signal, onProgress }) {
    const columns = {
      shard: numberColumn(),
      offset: numberColumn(),
      size: numberColumn(),
      name: bytesColumn(),
      caption: bytesColumn(),
    };
    const corrupt: CorruptSample[] = [];
    for (const [shard, { as, path: file }] of single.entries()) {
      await withByteFile(file, async (bytes) => {
        for await (const sample of samplesOf(bytes, captions)) {
          if (signal?.aborted === true) throw new InterruptedError();
          const name = `${as}/${sample.image?.name ?? sample.key}`;
          const problem = problemOf(sample, captions);
          if (problem !== undefined) corrupt.push({ file: name, reason: problem });
          else {
            columns.shard.push(shard);
            columns.offset.push(sample.image!.offset);
            columns.size.push(sample.image!.size);
            columns.name.push(Buffer.from(name));
            if (captions) columns.caption.push(Buffer.from(sample.caption!));
          }
        }
      });
      onProgress?.(shard + 1, single.length);
    }
    return {
      count: columns.shard.length,
      name: (index) => columns.name.get(index).toString(),
      read: (index) =>
        withByteFile(single[columns.shard.get(index)]!.path, (bytes) =>
          bytes.read(columns.offset.get(index), columns.size.get(index)),
        ),
      ...(captions && { caption: (index: number) => columns.caption.get(index).toString() }),
      corrupt,
    };
  },
};

interface ShardSample {
  readonly key: string;
  image?: TarMember;
  text?: TarMember;
  json?: TarMember;
  caption?: string;
}

function problemOf(sample: ShardSample, captions: boolean): string | undefined {
  if (sample.image === undefined) return 'no image beside its other members';
  if (sample.image.size > maxSampleBytes) return `an image of ${sample.image.size} bytes`;
  if (captions && sample.caption === undefined) return 'no caption in .txt or .json';
  return undefined;
}

/** Neighbouring members with the same key; the key ends at the first dot of the file name. */
async function* samplesOf(file: ByteFile, captions: boolean): AsyncGenerator<ShardSample> {
  const read = windowed(file);
  const keys = new Set<string>();
  let current: ShardSample | undefined;
  for await (const member of tarMembers(file)) {
    const dot = member.name.indexOf('.', member.name.lastIndexOf('/') + 1);
    if (dot === -1) continue;
    const key = member.name.slice(0, dot);
    if (current?.key !== key) {
      if (current !== undefined) yield await withCaption(current, read, captions);
      if (keys.has(key)) throw damaged(file.path, `it holds the sample ${key} twice`, 'make the shard again');
      keys.add(key);
      current = { key };
    }
    const extension = member.name.slice(dot + 1).toLowerCase();
    if (extension === 'txt') current.text = member;
    else if (extension === 'json') current.json = member;
    else if (isImageName(`image.${extension}`)) current.image ??= member;
  }
  if (current !== undefined) yield withCaption(current, read, captions);
}

async function withCaption(
  sample: ShardSample,
  read: (offset: number, length: number) => Promise<Buffer>,
  captions: boolean,
): Promise<ShardSample> {
  const { text, json } = sample;
  if (!captions) return sample;
  if (text !== undefined && text.size <= maxTextBytes)
    sample.caption = (await read(text.offset, text.size)).toString().trim();
  else if (json !== undefined && json.size <= maxTextBytes) {
    const caption = captionOf((await read(json.offset, json.size)).toString());
    if (caption !== undefined) sample.caption = caption;
  }
  return sample;
}

function captionOf(json: string): string | undefined {
  try {
    const parsed = JSON.parse(json) as { caption?: unknown } | null;
    return typeof parsed?.caption === 'string' ? parsed.caption.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The shards of a folder in code point order, those that a brace pattern names in its order, or one file. */
async function shardFiles(given: string): Promise<string[]> {
  const found = path.resolve(given);
  const shards = given.includes('{') ? expandBraces(found) : await shardsAt(found);
  if (shards.length === 0)
    throw new UserError('input', `no .tar files in ${found}`, {
      hint: 'point dataset.path at the folder of shards, or write a pattern such as laion/{00000..00010}.tar',
      where: { file: found },
    });
  return shards;
}

/** All shards. Throws UserError('input') that names those of a pattern which do not exist. */
async function existingShards(given: string): Promise<string[]> {
  const shards = await shardFiles(given);
  const present = await orderedMap(
    shards,
    (shard) =>
      stat(shard).then(
        () => true,
        () => false,
      ),
    { width: 16 },
  );
  const absent = shards.filter((_, i) => !present[i]);
  if (absent.length === 0) return shards;
  const more = absent.length > 3 ? ` and ${absent.length - 3} more` : '';
  const names = absent.slice(0, 3).join(', ');
  throw new UserError('input', `${absent.length} of ${shards.length} shards do not exist: ${names}${more}`, {
    hint: 'correct the range in dataset.path, or fetch the shards',
    where: { file: absent[0]! },
  });
}

async function shardsAt(found: string): Promise<string[]> {
  try {
    if ((await stat(found)).isFile()) return [found];
    const names = (await readdir(found)).filter((name) => name.endsWith('.tar')).sort(compareCodePoints);
    return names.map((name) => path.join(found, name));
  } catch (cause) {
    throw new UserError('input', `cannot read ${found}`, {
      hint: 'point dataset.path at the folder of shards, or write a pattern such as laion/{00000..00010}.tar',
      where: { file: found },
      cause,
    });
  }
}
