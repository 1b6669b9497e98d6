// Files that are either the old ones or the new ones, whatever happens: write beside, fsync, rename, fsync the folder.
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { sync } from './sync.ts';
import { withDiskErrors } from './system-errors.ts';

/** Replaces the file at `path` by `data`, atomically and durably. Throws the system's error if it cannot. */
export function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  return writeStreamAtomic(path, (write) => write(data));
}

/** The same for a file whose bytes are `pieces`, one after the other. */
export function writePiecesAtomic(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  return writeStreamAtomic(path, async (write) => {
    for (const piece of pieces) await write(piece);
  });
}

/** The same for a file that `produce` writes piece by piece; its error leaves the old file, too. */
export async function writeStreamAtomic(
  path: string,
  produce: (write: (piece: string | Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await produce((piece) => file.appendFile(piece));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await sync(dirname(path));
}

/** Makes the folder that the file at `path` is to be written to. Throws UserError('input') where that cannot be. */
export async function makeFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  await withDiskErrors(folder, () => makeFolder(folder));
}
