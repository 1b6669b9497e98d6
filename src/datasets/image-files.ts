// Names of image files: which count as images, how they are ordered, and how a folder is listed.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { refuseIrregular } from '../files/regular-file.ts';
import { orderedMap } from './ordered-map.ts';

const looksAtOnce = 16;
const extensions = new Set(['.png', '.jpg', '.jpeg', '.webp']);

export function isImageName(name: string): boolean {
  return extensions.has(path.extname(name).toLowerCase());
}

/** UTF-8 byte order is code point order. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * Images anywhere under `root`: paths relative to it with forward slashes, in code point order. May be empty. Throws
 * UserError('input') for FIFOs, devices and the like.
 */
export async function listImages(root: string): Promise<string[]> {
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
  const images = entries.filter((entry) => !entry.isDirectory() && isImageName(entry.name));
  await orderedMap(images, (entry) => refuseIrregularEntry(path.join(entry.parentPath, entry.name), entry), {
    width: looksAtOnce,
  });
  return images
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .sort(compareCodePoints);
}

/** A link counts as what it leads to; reading tells of those that lead nowhere. */
async function refuseIrregularEntry(file: string, entry: Dirent): Promise<void> {
  if (!entry.isSymbolicLink()) {
    refuseIrregular(file, entry);
    return;
  }
  const target = await stat(file).catch(() => undefined);
  if (target !== undefined) refuseIrregular(file, target);
}

/** The first folder of each name, or undefined if some name lies in none. */
export function foldersAsLabels(
  count: number,
  name: (index: number) => string,
): ((index: number) => string) | undefined {
  for (let i = 0; i < count; i++) if (!name(i).includes('/')) return undefined;
  return (index) => name(index).split('/', 1)[0]!;
}
