// WebDataset tar shards as img2dataset writes them for LAION: members key.jpg, key.txt, key.json next to each other, and
// beside the shard a parquet file with a row for each link. Sample order is shard order, then order in the shard. Where
// there is a parquet file, it says which samples there are and what their captions; captions are held as bytes.
import { InterruptedError, UserError } from '../../../errors.ts';
import { damaged, maxSampleBytes, windowed, withByteFile } from '../../../files/byte-file.ts';
import type { ByteFile } from '../../../files/byte-file.ts';
import { bytesColumn, numberColumn } from '../../compact-columns.ts';
import type { CorruptSample } from '../../dataset.ts';
import type { ImageFilesConfig, ImageSource } from '../../decode/encoded-images.ts';
import { isImageName } from '../../image-files.ts';
import { imageFileKind } from '../../open-source.ts';
import { readSampleRows } from './img2dataset-rows.ts';
import type { SampleRow, SampleSelection } from './img2dataset-rows.ts';
import { tarMembers } from './tar-members.ts';
import type { TarMember } from './tar-members.ts';
import { findShards, statedImages } from './webdataset-shards.ts';
import type { Shard } from './webdataset-shards.ts';

export interface WebdatasetConfig extends ImageFilesConfig {
  readonly kind: 'webdataset';
  /** Whether samples need a text (of the parquet file, else key.txt, else `caption` of key.json); those without then count as corrupt. */
  readonly captions: boolean;
  /** Which samples to keep, by the parquet files; all if absent. */
  readonly select?: SampleSelection;
}

/** Longest text or metadata member that is believed. */
const maxTextBytes = 1 << 18;
const parquetEnding = '.parquet';

const webdatasetSource: ImageSource<WebdatasetConfig> = {
  async files({ path, select }) {
    const shards = await findShards(path);
    const bare = shards.find(({ parquet }) => parquet === undefined);
    if (select !== undefined && bare !== undefined)
      throw new UserError(
        'input',
        `dataset.select goes by parquet files, and ${bare.name} has none beside it`,
        {
          hint: 'copy the parquet files that img2dataset wrote beside the shards, or leave dataset.select out',
          where: { file: bare.tar },
        },
      );
    return {
      root: '',
      names: [],
      single: shards.flatMap(({ name, tar, parquet }) => [
        { as: name, path: tar },
        ...(parquet === undefined ? [] : [{ as: `${name}${parquetEnding}`, path: parquet }]),
      ]),
    };
  },
  async index(config, { single }, { signal, onProgress }) {
    const shards = shardsIn(single);
    const columns = {
      shard: numberColumn(),
      offset: numberColumn(),
      size: numberColumn(),
      name: bytesColumn(),
      caption: bytesColumn(),
    };
    const corrupt: CorruptSample[] = [];
    for (const [i, shard] of shards.entries()) {
      await withByteFile(shard.tar, async (bytes) => {
        for await (const { name, image, caption, problem } of samplesOf(bytes, shard, config)) {
          if (signal?.aborted === true) throw new InterruptedError();
          if (problem !== undefined) corrupt.push({ file: `${shard.name}/${name}`, reason: problem });
          else {
            columns.shard.push(i);
            columns.offset.push(image!.offset);
            columns.size.push(image!.size);
            columns.name.push(Buffer.from(`${shard.name}/${name}`));
            if (config.captions) columns.caption.push(Buffer.from(caption!));
          }
        }
      });
      onProgress?.(i + 1, shards.length);
    }
    return {
      count: columns.shard.length,
      name: (index) => columns.name.get(index).toString(),
      read: (index) =>
        withByteFile(shards[columns.shard.get(index)]!.tar, (bytes) =>
          bytes.read(columns.offset.get(index), columns.size.get(index)),
        ),
      ...(config.captions && { caption: (index: number) => columns.caption.get(index).toString() }),
      corrupt,
    };
  },
};

export const webdataset = imageFileKind(webdatasetSource, {
  layout:
    'a folder of .tar shards, with their .parquet files if there are any, or a pattern such as laion/{00000..00010}.tar',
  async glance(config) {
    await webdatasetSource.files(config);
    const images = await statedImages(await findShards(config.path));
    return images === undefined ? {} : { images };
  },
});

/** The shards behind the files that `files` gave, without another look at the disk. */
function shardsIn(single: readonly { readonly as: string; readonly path: string }[]): Shard[] {
  const pathOf = new Map(single.map(({ as, path }) => [as, path]));
  return single
    .filter(({ as }) => !as.endsWith(parquetEnding))
    .map(({ as, path }) => {
      const parquet = pathOf.get(`${as}${parquetEnding}`);
      return { name: as, tar: path, ...(parquet !== undefined && { parquet }) };
    });
}

/** A sample, or why it is none. */
interface Sample {
  /** The name of the image, else the key. */
  readonly name: string;
  readonly image?: TarMember;
  readonly caption?: string | undefined;
  readonly problem?: string | undefined;
}

/** The samples of a shard in order, then those that only its parquet file has. */
async function* samplesOf(
  file: ByteFile,
  { parquet }: Shard,
  { captions, select }: WebdatasetConfig,
): AsyncGenerator<Sample> {
  const rows =
    parquet === undefined
      ? undefined
      : await readSampleRows(parquet, { captions, ...(select && { select }) });
  for await (const members of membersOf(file, captions && !rows)) {
    const { key, image } = members;
    const row = rows?.get(key);
    rows?.delete(key);
    if (row && row.status === 'success' && !row.isSelected) continue;
    const caption = rows ? row?.caption : members.caption;
    yield {
      name: image?.name ?? key,
      ...(image && { image }),
      caption,
      problem:
        (rows && rowProblem(row)) ??
        imageProblem(image) ??
        (captions && caption === undefined
          ? `no caption in ${rows ? 'the parquet file' : '.txt or .json'}`
          : undefined),
    };
  }
  for (const [key, { status, isSelected }] of rows ?? [])
    if (status === 'success' && isSelected)
      yield { name: key, problem: 'in the parquet file, but not in the shard' };
}

function rowProblem(row: SampleRow | undefined): string | undefined {
  if (row === undefined) return 'not in the parquet file beside the shard';
  return row.status === 'success' ? undefined : `the parquet file says ${row.status}`;
}

function imageProblem(image: TarMember | undefined): string | undefined {
  if (image === undefined) return 'no image beside its other members';
  return image.size > maxSampleBytes ? `an image of ${image.size} bytes` : undefined;
}

/** Neighbouring members of a tar file, with the text among them. */
interface SampleMembers {
  readonly key: string;
  image?: TarMember;
  text?: TarMember;
  json?: TarMember;
  caption?: string;
}

/** Neighbouring members with the same key; the key ends at the first dot of the file name. */
async function* membersOf(file: ByteFile, captions: boolean): AsyncGenerator<SampleMembers> {
  const read = windowed(file);
  const keys = new Set<string>();
  let current: SampleMembers | undefined;
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
  sample: SampleMembers,
  read: (offset: number, length: number) => Promise<Buffer>,
  captions: boolean,
): Promise<SampleMembers> {
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
