// Weights beside images would be read as one of them, or be lost among them: `sdx fid` and training read whole folders.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';

const imageEndings: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg', '.webp']);

/** Throws UserError('usage') where `output`, a folder or a file to be written, would come to lie among nothing but images. */
export async function refuseImageFolder(output: string): Promise<void> {
  const folder = (await isFolder(output)) ? output : path.dirname(output);
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => !name.startsWith('.'));
  if (names.length === 0 || !names.every((name) => imageEndings.has(path.extname(name).toLowerCase())))
    return;
  throw new UserError('usage', `${folder} is a folder of images, and weights do not belong there`, {
    hint: 'name another place: --output models/sd',
  });
}

function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
