// A folder of images that all have one size, as they are: neither cropped nor resized. FID tools compare such folders.
import path from 'node:path';
import sharp from 'sharp';
import { InterruptedError, UserError } from '../errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { contentDigest } from './digest/content-digest.ts';
import type { DatasetOptions } from './dataset.ts';
import { decodeRgb } from './decode/decode-image.ts';
import { openDigestCache } from './digest/digest-cache.ts';
import { listImages } from './image-files.ts';
import { orderedMap } from './ordered-map.ts';

export interface SameSizeImages {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** sha256 of all names and contents, hex. */
  readonly digest: string;
  /** [indices.length, height, width, 3] uint8, decoded like PIL's `convert('RGB')`: alpha is dropped. */
  readBatch(indices: readonly number[]): Promise<Uint8Array>;
}

const filesAtOnce = 8;

/**
 * Opens the png, jpg and webp images under `folder`, in code point order of their paths; looks at every header first.
 * Throws UserError('input') for files that are broken or differ in size, InterruptedError on abort.
 */
export async function openSameSizeImages(folder: string, options: DatasetOptions): Promise<SameSizeImages> {
  const names = await listImages(folder);
  const first = names[0];
  if (first === undefined)
    throw new UserError('input', `no png, jpg or webp images in ${folder}`, {
      hint: 'name a folder of images, or an .npz of statistics',
      where: { file: folder },
    });
  const sizes = await orderedMap(names, (name) => sizeOfImage(path.join(folder, name)), {
    width: filesAtOnce,
    signal: options.signal,
  });
  const { width, height } = sizes[0]!;
  for (const [i, size] of sizes.entries())
    if (size.width !== width || size.height !== height)
      throw new UserError(
        'input',
        `images of different sizes in ${folder}: ${first} is ${width}x${height}, ${names[i]!} is ${size.width}x${size.height}`,
        {
          hint: 'bring all images to one size first; how that is done changes the scores, so do the same to both sets',
          where: { file: path.join(folder, names[i]!) },
        },
      );
  return {
    count: names.length,
    width,
    height,
    digest: await contentDigest(
      { root: folder, names, single: [] },
      await openDigestCache(options.digestCacheFile),
      options,
    ),
    async readBatch(indices) {
      const images = await Promise.all(indices.map((index) => decode(path.join(folder, names[index]!))));
      return Buffer.concat(images);
    },
  };
}

async function sizeOfImage(file: string): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await sharp(await readRegularFile(file)).metadata();
    return { width, height };
  } catch (cause) {
    throw broken(file, cause);
  }
}

async function decode(file: string): Promise<Uint8Array> {
  try {
    return (await decodeRgb(await readRegularFile(file), 'drop')).data;
  } catch (cause) {
    throw broken(file, cause);
  }
}

function broken(file: string, cause: unknown): unknown {
  if (cause instanceof InterruptedError || cause instanceof UserError) return cause;
  const reason = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause);
  return new UserError('input', `${file} cannot be decoded: ${reason}`, {
    hint: 'repair or remove the image: a set with some left out is another set',
    where: { file },
    cause,
  });
}
