// Takes things out of a store. Each leaves by one rename, as it came, so a reader sees a whole artifact or none, and what
// is killed in between has removed some of them. Only then are their files deleted; what is left of that by a process
// that was killed, the next removal deletes.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { sync } from '../files/sync.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import { removedPrefix, type StoreEntry } from './inventory.ts';
import { acquireLock, type LockOptions } from './lock.ts';
import { removalLockFile } from './store.ts';

/**
 * Removes from the store in `dir` what `choose` gives, in its order. No process begins to use artifacts meanwhile, and no
 * other removal goes on: `choose` looks at what is in use now. What was removed. Throws UserError for disks that refuse,
 * InterruptedError while it waits, and what `choose` throws; then nothing is removed.
 */
export async function removeFromStore(
  dir: string,
  choose: () => Promise<readonly StoreEntry[]>,
  options: LockOptions = {},
): Promise<readonly StoreEntry[]> {
  return withDiskErrors(dir, async () => {
    const gate = removalLockFile(dir);
    await makeFolder(path.dirname(gate));
    const lock = await acquireLock(gate, options);
    const removed: StoreEntry[] = [];
    let trash: string | undefined;
    try {
      const chosen = await choose();
      if (chosen.length === 0) return [];
      await makeFolder(path.join(dir, 'tmp'));
      trash = await mkdtemp(path.join(dir, 'tmp', removedPrefix));
      for (const entry of chosen) {
        if (entry.place !== 'removed' && !(await moveTo(trash, entry))) continue;
        removed.push(entry);
      }
      // Files must not be gone from a disk that still has the name.
      for (const folder of new Set(chosen.map((entry) => path.dirname(entry.folder)))) await sync(folder);
    } finally {
      await lock.release();
    }
    for (const folder of [
      trash,
      ...removed.filter(({ place }) => place === 'removed').map(({ folder: left }) => left),
    ])
      await rm(folder, { recursive: true, force: true });
    return removed;
  });
}

/** False where it is gone already. */
async function moveTo(trash: string, { place, folder }: StoreEntry): Promise<boolean> {
  try {
    await rename(folder, path.join(trash, `${place}-${path.basename(folder)}`));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
