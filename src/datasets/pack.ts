// A decoded data set, packed once: all samples in one file of raw pixels, labels and names in JSON beside it.
// Later stages read samples by position, with no decoder in the way.
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { readAt } from '../files/positional-io.ts';
import type { CorruptSample, ImageDataset } from './dataset.ts';
import { streamSamples } from './sample-stream.ts';
import { parts, rangeOfPart, type Part, type PartCounts } from './parts.ts';

/** labels.json beside the pixels. */
export interface PackIndex {
  readonly version: 1;
  readonly count: number;
  readonly size: number;
  /** Digest of the data set that was packed. */
  readonly digest: string;
  readonly names: readonly string[];
  /** Class names in code unit order; absent where the source has no classes. */
  readonly classNames?: readonly string[];
  /** Per sample, an index into classNames. */
  readonly classes?: readonly number[];
  readonly captions?: readonly string[];
  /** All captions of each sample, where several are kept. */
  readonly captionSets?: readonly (readonly string[])[];
  /** Images of each part, where the data set is divided: they lie in the order of their parts. */
  readonly parts?: PartCounts;
  /** Names of images that were left out because another part has the same pixels. */
  readonly copies?: readonly string[];
  readonly corrupt: readonly CorruptSample[];
}

/** An opened pack. */
export interface ImagePack extends PackIndex {
  /** Samples [indices.length, size, size, 3] uint8, in the order asked for. */
  readonly readBatch: (indices: readonly number[]) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

export interface PackOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export const packFiles = { images: 'images.u8', labels: 'labels.json' } as const;

/** Samples between two reports of progress. */
const reportEvery = 16;

/** The index of those samples that `packed` names. */
function indexOf(dataset: ImageDataset, packed: readonly number[]): PackIndex {
  const all = <T>(read: (index: number) => T): T[] => packed.map((index) => read(index));
  const { label, caption, captions } = dataset;
  const labels = label === undefined ? undefined : all((index) => label(index));
  const classNames = labels === undefined ? undefined : [...new Set(dataset.classNames ?? labels)].sort();
  const position = new Map(classNames?.map((name, index) => [name, index]));
  return {
    version: 1,
    count: packed.length,
    size: dataset.size,
    digest: dataset.digest,
    names: all((index) => dataset.name(index)),
    ...(classNames && labels ? { classNames, classes: labels.map((name) => position.get(name)!) } : {}),
    ...(caption === undefined ? {} : { captions: all((index) => caption(index)) }),
    ...(captions === undefined ? {} : { captionSets: all((index) => captions(index)) }),
    corrupt: dataset.corrupt,
  };
}

/** Keeps the parts of a divided data set free of each other's pictures: the first part that has one keeps it. */
class Division {
  readonly counts: Record<Part, number>;
  readonly leftOut: number[] = [];
  readonly #planned: PartCounts;
  readonly #partOfPicture = new Map<string, Part>();

  constructor(planned: PartCounts) {
    this.#planned = planned;
    this.counts = { ...planned };
  }

  /** Whether sample `index` has the pixels of a sample of an earlier part. */
  leavesOut(pixels: Uint8Array, index: number): boolean {
    const part = parts.find((each) => index < rangeOfPart(this.#planned, each, 0).to)!;
    const picture = createHash('sha256').update(pixels).digest('base64');
    const owner = this.#partOfPicture.get(picture);
    if (owner === undefined) this.#partOfPicture.set(picture, part);
    if (owner === undefined || owner === part) return false;
    this.leftOut.push(index);
    this.counts[part]--;
    return true;
  }
}

/**
 * Decodes every sample into `folder` (which exists): images.u8, [count, size, size, 3] uint8 NHWC, and labels.json.
 * Throws InterruptedError when the signal aborts.
 */
export async function packDataset(
  dataset: ImageDataset,
  folder: string,
  { signal, onProgress }: PackOptions = {},
): Promise<PackIndex> {
  const file = await open(path.join(folder, packFiles.images), 'w');
  const packed: number[] = [];
  const division = dataset.parts && new Division(dataset.parts);
  try {
    const indices = Array.from({ length: dataset.count }, (_, index) => index);
    let done = 0;
    for await (const sample of streamSamples(dataset, indices, { signal })) {
      if (division?.leavesOut(sample, done) !== true) {
        await file.writeFile(sample);
        packed.push(done);
      }
      if (++done % reportEvery === 0 || done === dataset.count) onProgress?.(done, dataset.count);
    }
  } finally {
    await file.close();
  }
  const index: PackIndex = {
    ...indexOf(dataset, packed),
    ...(division && { parts: division.counts, copies: division.leftOut.map((at) => dataset.name(at)) }),
  };
  await writeFile(path.join(folder, packFiles.labels), JSON.stringify(index));
  return index;
}

/**
 * Opens what `packDataset` wrote: all of it, or one part, which is all of a data set that is not divided. Throws
 * UserError('input') if the pixels are not as long as labels.json says.
 */
export async function openPack(folder: string, part?: Part): Promise<ImagePack> {
  const index = JSON.parse(await readFile(path.join(folder, packFiles.labels), 'utf8')) as PackIndex;
  const images = path.join(folder, packFiles.images);
  const file = await open(images, 'r');
  const sampleBytes = index.size * index.size * 3;
  const { size: found } = await file.stat();
  if (found !== index.count * sampleBytes) {
    await file.close();
    throw new UserError(
      'input',
      `packed data set has ${found} bytes instead of ${index.count * sampleBytes}`,
      {
        hint: 'remove this artifact and run again',
        where: { file: images },
      },
    );
  }
  const { from } = part === undefined ? { from: 0 } : rangeOfPart(index.parts, part, index.count);
  return {
    ...(part === undefined ? index : partOf(index, part)),
    async readBatch(indices) {
      const batch = new Uint8Array(indices.length * sampleBytes);
      const whole = await Promise.all(
        indices.map((sample, slot) =>
          readAt(
            file,
            batch.subarray(slot * sampleBytes, (slot + 1) * sampleBytes),
            (from + sample) * sampleBytes,
          ),
        ),
      );
      const short = indices[whole.indexOf(false)];
      if (short !== undefined)
        throw new UserError('input', `${images} ends before sample ${short}: it became shorter`, {
          hint: 'remove this artifact and run again',
          where: { file: images },
        });
      return batch;
    },
    close: () => file.close(),
  };
}

/** What the index says of a part's samples. */
function partOf(index: PackIndex, part: Part): PackIndex {
  const { from, to } = rangeOfPart(index.parts, part, index.count);
  const { names, classes, captions, captionSets } = index;
  return {
    ...index,
    count: to - from,
    names: names.slice(from, to),
    ...(classes && { classes: classes.slice(from, to) }),
    ...(captions && { captions: captions.slice(from, to) }),
    ...(captionSets && { captionSets: captionSets.slice(from, to) }),
  };
}
