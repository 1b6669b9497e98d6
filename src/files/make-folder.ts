// Makes folders one by one. Node's `recursive` never ends where a file system says "no such file" of a folder whose
// parent is there, as /proc does.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from './system-errors.ts';

/** Makes `folder` and what is missing above it. Throws the system's error if it cannot. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    const parent = dirname(folder);
    if (!(await isFolder(parent))) await makeFolder(parent);
    // The parent may have been made by another process meanwhile; a file system that still knows none has the last word.
    await mkdir(folder).catch(async (again: unknown) => {
      if (!(await isFolder(folder))) throw again;
    });
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
