// A decoded data set, packed once: all samples in one file of raw pixels, labels and names in JSON beside it.
// Later stages read samples by position, with no decoder in the way.
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { readAt } from '../files/positional-io.ts';
import type { CorruptSample, ImageDataset } from './dataset.ts';
import { streamSamples } from './sample-stream.ts';

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

function indexOf(dataset: ImageDataset): PackIndex {
  const all = <T>(read: (index: number) => T): T[] =>
    Array.from({ length: dataset.count }, (_, index) => read(index));
  const { label, caption } = dataset;
  const labels = label === undefined ? undefined : all((index) => label(index));
  const classNames = labels === undefined ? undefined : [...new Set(dataset.classNames ?? labels)].sort();
  const position = new Map(classNames?.map((name, index) => [name, index]));
  return {
    version: 1,
    count: dataset.count,
    size: dataset.size,
    digest: dataset.digest,
    names: all((index) => dataset.name(index)),
    ...(classNames && labels ? { classNames, classes: labels.map((name) => position.get(name)!) } : {}),
    ...(caption === undefined ? {} : { captions: all((index) => caption(index)) }),
    corrupt: dataset.corrupt,
  };
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
  try {
    const indices = Array.from({ length: dataset.count }, (_, index) => index);
    let done = 0;
    for await (const sample of streamSamples(dataset, indices, { signal })) {
      await file.writeFile(sample);
      if (++done % reportEvery === 0 || done === dataset.count) onProgress?.(done, dataset.count);
    }
  } finally {
    await file.close();
  }
  const index = indexOf(dataset);
  await writeFile(path.join(folder, packFiles.labels), JSON.stringify(index));
  return index;
}

/** Opens what `packDataset` wrote. Throws UserError('input') if the pixels are not as long as labels.json says. */
export async function openPack(folder: string): Promise<ImagePack> {
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
  return {
    ...index,
    async readBatch(indices) {
      const batch = new Uint8Array(indices.length * sampleBytes);
      const whole = await Promise.all(
        indices.map((sample, slot) =>
          readAt(file, batch.subarray(slot * sampleBytes, (slot + 1) * sampleBytes), sample * sampleBytes),
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
