// Where pictures go that a command draws: checked before anything is drawn, so that nobody waits for what cannot be
// written, and nothing is overwritten that the user has not given up.
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { makeFolderOf, writeFileAtomic } from '../files/atomic-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import {
  animationFormats,
  encodeImage,
  imageFormats,
  type AnimationFormat,
  type ImageFormat,
  type Raster,
} from '../stages/rows/encode-image.ts';

/** Files and folder that are asked for; absolute. At least one is given. */
export interface PictureFiles {
  /** A grid of the images. */
  readonly grid?: string;
  /** A folder of single images. */
  readonly images?: string;
  readonly animation?: string;
}

/** Names of single images: `000000.png`. */
const imageName = /^\d{6,}\.png$/;

/**
 * Makes the folders of `files`. Throws UserError('usage') for names that say no format of pictures, for folders in place of
 * files, and, without `force`, for files that there are and a folder of images that holds anything.
 */
export async function prepareFiles(files: PictureFiles, force: boolean): Promise<void> {
  const { grid, images, animation } = files;
  if (grid !== undefined) imageFormatOf(grid);
  if (animation !== undefined) animationFormatOf(animation);
  for (const file of [grid, animation]) if (file !== undefined) await prepareFile(file, force);
  if (images !== undefined) await prepareFolder(images, force);
}

export function imageFormatOf(file: string): ImageFormat {
  return formatOf(file, imageFormats, 'pictures', 'faces.png');
}

export function animationFormatOf(file: string): AnimationFormat {
  return formatOf(file, animationFormats, 'animations', 'faces.gif');
}

function formatOf<F extends string>(file: string, formats: readonly F[], what: string, example: string): F {
  const ending = path.extname(file).slice(1).toLowerCase();
  const found = formats.find((format) => format === ending);
  if (found !== undefined) return found;
  throw new UserError('usage', `${file} does not end in a format of ${what}`, {
    hint: `the end of its name says the format: ${formats.join(', ')}; for example ${example}`,
  });
}

async function prepareFile(file: string, force: boolean): Promise<void> {
  await makeFolderOf(file);
  const found = await kindAt(file);
  if (found === 'folder')
    throw new UserError('usage', `${file} is a folder`, {
      hint: 'name a file in it: --output faces.png; --images takes a folder of single images',
    });
  if (found !== undefined && !force)
    throw new UserError('usage', `${file} is there already`, {
      hint: 'name another file, or give --force to overwrite it',
    });
}

async function prepareFolder(folder: string, force: boolean): Promise<void> {
  const found = await kindAt(folder);
  if (found === 'file')
    throw new UserError('usage', `${folder} is a file`, {
      hint: 'name a folder for the images: --images generated',
    });
  if (found === undefined) return withDiskErrors(folder, () => makeFolder(folder));
  const held = await withDiskErrors(folder, () => readdir(folder));
  if (held.length > 0 && !force)
    throw new UserError('usage', `the folder ${folder} is not empty`, {
      hint: 'name another folder, or give --force to replace the images in it',
    });
}

async function kindAt(place: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(place)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    // What makes folders says what is in the way.
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Writes images one by one as `000000.png`, ... into `folder`; those of an earlier draw, by their names, go first. */
export async function writeImages(folder: string, images: AsyncIterable<Raster>): Promise<void> {
  await withDiskErrors(folder, async () => {
    for (const name of await readdir(folder)) if (imageName.test(name)) await rm(path.join(folder, name));
    let index = 0;
    for await (const image of images) {
      const name = `${String(index++).padStart(6, '0')}.png`;
      await writeFileAtomic(path.join(folder, name), await encodeImage(image, 'png'));
    }
  });
}
