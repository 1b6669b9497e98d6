// uses/<id>.json: which artifacts a process reads, and which process that is. Reading needs no lock, so whoever removes
// artifacts looks here. The file is there before the first of them is opened, and goes with the process: one whose
// process is gone says nothing.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import { isGone, isSilent, thisProcess, touchEveryMs, type LockOwner } from './lock.ts';

/** What a process has said that it reads; `release` takes it back. */
export interface Use {
  release(): Promise<void>;
}

export interface FoundUse {
  readonly owner: LockOwner;
  readonly keys: readonly string[];
  /** Absolute. */
  readonly file: string;
}

/** A use of nothing, where a store cannot be written. */
export const noUse: Use = { release: () => Promise.resolve() };

/** Says in `folder`, whose parent is there, that this process reads `keys`. Throws the system's error where it cannot. */
export async function announceUse(folder: string, keys: readonly string[]): Promise<Use> {
  await mkdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  });
  const file = path.join(folder, `${randomUUID()}.json`);
  await writeFileAtomic(file, JSON.stringify({ owner: thisProcess(), keys }));
  const touching = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined); // the next touch may succeed
  }, touchEveryMs).unref();
  return {
    release: async () => {
      clearInterval(touching);
      await rm(file, { force: true }).catch(() => undefined); // it ends with the process
    },
  };
}

/** The uses in `folder` by processes that are not known to be gone. Throws UserError for one that cannot be read. */
export async function readUses(folder: string): Promise<FoundUse[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const uses: FoundUse[] = [];
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    const file = path.join(folder, name);
    const use = await readUse(file);
    if (use !== undefined && !isGone(use.owner) && !(await isSilent(use.owner, file))) uses.push(use);
  }
  return uses;
}

async function readUse(file: string): Promise<FoundUse | undefined> {
  try {
    const { owner, keys } = JSON.parse(await readFile(file, 'utf8')) as Omit<FoundUse, 'file'>;
    if (typeof owner.pid === 'number' && Array.isArray(keys)) return { owner, keys, file };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined; // released meanwhile
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new UserError('input', `${file} is damaged: it does not say which artifacts a process uses`, {
    hint: 'if no other sdx works in this store, remove the file',
    where: { file },
  });
}
