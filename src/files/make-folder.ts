// Makes folders one by one, so that each is on disk before anything is put into it. Node's `recursive` also never ends
// where a file system says "no such file" of a folder whose parent is there, as /proc does.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sync } from './sync.ts';
import { systemErrorCode } from './system-errors.ts';

/** Makes `folder` and what is missing above it, durably. Throws the system's error if it cannot. */
export async function makeFolder(folder: string): Promise<void> {
  if (!(await makeMissing(folder))) return;
  await sync(dirname(folder)).catch((error: unknown) => {
    // Whoever may write to a folder may not always read it, and only what can be opened can be flushed.
    if (systemErrorCode(error) !== 'EACCES') throw error;
  });
}

/** Makes `folder`; false where it has been there. */
async function makeMissing(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return false;
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    const parent = dirname(folder);
    if (!(await isFolder(parent))) await makeFolder(parent);
    // The parent may have been made by another process meanwhile; a file system that still knows none has the last word.
    try {
      await mkdir(folder);
    } catch (again) {
      if (await isFolder(folder)) return false;
      throw again;
    }
  }
  return true;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
