// Names of image files: which count as images, how they are ordered, and how a folder is listed.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';

const extensions = new Set(['.png', '.jpg', '.jpeg', '.webp']);

export function isImageName(name: string): boolean {
  return extensions.has(path.extname(name).toLowerCase());
}

/** UTF-8 byte order is code point order. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Images anywhere under `root`: paths relative to it with forward slashes, in code point order. May be empty. */
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
  return entries
    .filter((entry) => !entry.isDirectory() && isImageName(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .sort(compareCodePoints);
}

/** The first folder of each name, or undefined if some name lies in none. */
export function foldersAsLabels(
  count: number,
  name: (index: number) => string,
): ((index: number) => string) | undefined {
  for (let i = 0; i < count; i++) if (!name(i).includes('/')) return undefined;
  return (index) => name(index).split('/', 1)[0]!;
}
