// How a stage of a run keeps out of the way of other processes that work on the same artifact: a lock for each piece.
// And what the one that publishes it knows of those that computed: the engine they ran on.
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { sealJson, unsealJson } from '../files/sealed-json.ts';
import type { LockOwner } from '../store/lock.ts';
import type { Store } from '../store/store.ts';
import type { Sharing } from '../stages/stage.ts';

export interface SharingOptions {
  readonly signal: AbortSignal;
  /** Called when a piece is waited for. */
  readonly onWait: (message: string) => void;
}

export function sharingOf(store: Store, key: string, { signal, onWait }: SharingOptions): Sharing {
  return {
    claim: (piece) =>
      store.lockPiece(key, piece, {
        signal,
        onWait: (owner) => {
          onWait(waitText(piece, owner, store.lockFile(`${key}.${piece}`)));
        },
      }),
    isPublished: async () => (await store.find(key)) !== undefined,
  };
}

/** A process of another host cannot be watched: the reader has to know what to do if it is no more. */
function waitText(piece: string, owner: LockOwner | undefined, lockFile: string): string {
  if (owner === undefined)
    return `waits for ${piece}, at which another process is at work (lock: ${lockFile})`;
  const end = owner.host === hostname() ? ` (lock: ${lockFile})` : `; if that has ended, remove ${lockFile}`;
  return `waits for ${piece}, at which process ${owner.pid} on ${owner.host} is at work since ${owner.since}${end}`;
}

type EngineFacts = Readonly<Record<string, string>>;

const engineFile = 'engine.json';

/** Leaves `Engine.describe()` of a shard in the work folder, which is there as long as something is to be computed. */
export async function noteEngine(facts: EngineFacts, workDir: string): Promise<void> {
  await writeFileAtomic(path.join(workDir, engineFile), sealJson(facts));
}

/** What the last shard that was computed has noted; undefined where there was none, or the note is damaged. */
export async function notedEngine(workDir: string): Promise<EngineFacts | undefined> {
  const text = await readFile(path.join(workDir, engineFile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (unsealJson(text).value as EngineFacts | undefined);
}
