// What `sdx fid` compares: folders of images, .npz files with images (ADM's form) and .npz files with statistics.
import { stat } from 'node:fs/promises';
import { npzNames, openNpzRows } from '../../weights/numpy/npz-array.ts';
import { checksumFile } from '../../files/checksum.ts';
import { openSameSizeImages } from '../../datasets/same-size-images.ts';
import { UserError } from '../../errors.ts';
import type { PixelSource } from '../rows/pixels.ts';
import { readStatistics, type Statistics } from './statistics-file.ts';

/** One side of a comparison, opened. */
export interface ImageSet {
  /** As the user named it. */
  readonly path: string;
  /** sha256 of its contents, hex. */
  readonly digest: string;
  readonly images?: PixelSource;
  /** Mean and covariance that come with the set; where there are images too, as published references have it. */
  readonly statistics?: Statistics;
  close(): Promise<void>;
}

/** Opens a folder or an .npz. Throws UserError('input') for what is neither, or holds nothing to compare. */
export async function openImageSet(target: string, signal: AbortSignal): Promise<ImageSet> {
  const found = await stat(target).catch((cause: unknown) => {
    throw new UserError('input', `${target} does not exist or cannot be read`, {
      hint: 'name a folder of images, or an .npz',
      where: { file: target },
      cause,
    });
  });
  if (!found.isDirectory()) return openNpzSet(target);
  const images = await openSameSizeImages(target, { signal });
  return { path: target, digest: images.digest, images, close: () => Promise.resolve() };
}

async function openNpzSet(file: string): Promise<ImageSet> {
  const names = await npzNames(file);
  const statistics = names.has('mu') && names.has('sigma') ? await readStatistics(file) : undefined;
  const digest = statistics?.digest ?? (await checksumFile(file)).sha256;
  const common = { path: file, digest, ...(statistics === undefined ? {} : { statistics }) };
  if (names.has('arr_0')) {
    const array = await openNpzRows(file, 'arr_0');
    const [count, height, width, channels] = array.shape;
    if (array.shape.length !== 4 || channels !== 3) {
      await array.close();
      throw new UserError('input', `arr_0 of ${file} is [${array.shape.join()}]`, {
        hint: 'images are uint8 [count, height, width, 3]',
        where: { file },
      });
    }
    const images: PixelSource = {
      count: count!,
      width: width!,
      height: height!,
      readBatch: async (indices) =>
        Buffer.concat(await Promise.all(indices.map((index) => array.row(index)))),
    };
    return { ...common, images, close: () => array.close() };
  }
  if (statistics !== undefined) return { ...common, close: () => Promise.resolve() };
  throw new UserError('input', `${file} holds ${[...names].join(', ') || 'nothing'}`, {
    hint: 'an .npz with mu and sigma (statistics) or arr_0 (images) is needed',
    where: { file },
  });
}
