// What is on the disk, and not only in memory of the system: power may fail at any moment.
import { open } from 'node:fs/promises';

/** Flushes a file, or the names in a folder, to disk. Throws the system's error. */
export async function sync(target: string): Promise<void> {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
