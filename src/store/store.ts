// The store of artifacts, addressed by key:
//   artifacts/<key>/   published: files and artifact.json, never changed      work/<key>/   checkpoints, kept over interruptions
//   tmp/<key>/         being written, not yet visible                         locks/, runs/
//   damaged/<key>-<n>/ put aside: its files were not what their checksums say
//   logs/<experiment>/<stage>/  losses of its training as they came: no part of artifacts
//   uses/<id>.json     which artifacts a process reads: `sdx gc` removes none of them
// An artifact appears by one rename after everything in it is on disk, so a reader sees a whole one or none.
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  encodeManifest,
  manifestFile,
  readManifest,
  type ArtifactDescription,
  type ArtifactManifest,
} from './artifact-manifest.ts';
import { checksumFile, filesUnder, type Checksum } from '../files/checksum.ts';
import { makeFolder } from '../files/make-folder.ts';
import { damagesOf, type Damage } from './damage.ts';
import { acquireLock, readLock, type Lock, type LockOptions, type LockOwner } from './lock.ts';
import { announceUse, noUse, type Use } from './uses.ts';
import { exists } from '../files/exists.ts';
import { sync } from '../files/sync.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import { InvariantError } from '../errors.ts';

/** A published artifact; what a stage sees of it is key, folder and summary. */
export interface StoredArtifact {
  readonly key: string;
  /** Absolute folder of its files. */
  readonly dir: string;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly manifest: ArtifactManifest;
}

/** What is stored under a key, every file checked. */
export interface Examined {
  /** Absent where its manifest cannot be believed. */
  readonly artifact?: StoredArtifact;
  /** Empty when all is well. */
  readonly damages: readonly Damage[];
}

/** A file that an interrupted stage will go on from. */
export interface WorkFile {
  /** Relative to the work folder. */
  readonly name: string;
  readonly bytes: number;
}

export interface Store {
  /** Absolute. */
  readonly dir: string;
  /** Makes the folders and proves that they can be written. Throws UserError('input') if not. */
  prepare(): Promise<void>;
  /** Proves that the store, or what it would be made in, can be written; leaves nothing. Throws UserError('input') if not. */
  checkWritable(): Promise<void>;
  /** The published artifact, if there is one with a sound manifest; its files are not looked at. */
  find(key: string): Promise<StoredArtifact | undefined>;
  /**
   * What is published under `key`, if anything, compared with its checksums: all bytes the first time, afterwards those
   * of files whose size or time has changed. Throws InterruptedError when `signal` aborts.
   */
  examine(key: string, signal?: AbortSignal): Promise<Examined | undefined>;
  /** Compares every file with its checksum; empty when all is well. */
  verify(artifact: StoredArtifact, signal?: AbortSignal): Promise<Damage[]>;
  /**
   * Says that this process reads the artifacts `keys`, until the use is released; waits while `sdx gc` removes some. Where
   * there is no store, or one that can only be read, nothing is said.
   */
  use(keys: readonly string[], options?: LockOptions): Promise<Use>;
  /** Moves what is published under `key` to damaged/; the new place. Needs the lock. */
  putAside(key: string): Promise<string>;
  /** One writer per key: waits for the other, if any, and clears what a killed one left in tmp/. */
  lock(key: string, options?: LockOptions): Promise<Lock>;
  lockFile(key: string): string;
  /** One writer per piece of unfinished work, for processes that share a stage; needs no lock on the key. */
  lockPiece(key: string, piece: string, options?: LockOptions): Promise<Lock>;
  /** Who works on `key` now; undefined if nobody. */
  lockOwner(key: string): Promise<LockOwner | undefined>;
  /** An empty folder to fill; needs the lock. */
  outputDir(key: string): Promise<string>;
  /** The folder of checkpoints, with what is in it; needs the lock. */
  workDir(key: string): Promise<string>;
  /** The same folder, which need not be there; needs no lock. */
  workFolder(key: string): string;
  /** Name and size in bytes of every checkpoint of `key`; needs no lock. */
  workFiles(key: string): Promise<readonly WorkFile[]>;
  /** Checksums and syncs the output folder, makes it visible, and removes the work folder; needs the lock. */
  publish(key: string, description: ArtifactDescription): Promise<StoredArtifact>;
  /** Removes the output folder of a stage that failed; the work folder stays. */
  discardOutput(key: string): Promise<void>;
  /** Bytes free on the store's disk. */
  freeBytes(): Promise<number>;
  /** Where the record of an experiment's last run lies. */
  runFile(experiment: string): string;
}

/** Opens the store in `dir`; writes nothing yet. */
export function openStore(dir: string): Store {
  return new FolderStore(path.resolve(dir));
}

class FolderStore implements Store {
  readonly dir: string;
  /** Artifacts that this process has found sound, and the state of their files then. */
  readonly #sound = new Map<string, string>();

  constructor(dir: string) {
    this.dir = dir;
  }

  #path(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  runFile(experiment: string): string {
    return this.#path('runs', `${experiment}.json`);
  }

  prepare(): Promise<void> {
    return withDiskErrors(this.dir, async () => {
      for (const folder of ['artifacts', 'work', 'tmp', 'locks', 'runs'])
        await makeFolder(this.#path(folder));
      await this.checkWritable();
      // A run killed just after publishing leaves its checkpoints behind.
      for (const key of await readdir(this.#path('work')))
        if ((await this.find(key)) !== undefined)
          await rm(this.#path('work', key), { recursive: true, force: true });
    });
  }

  checkWritable(): Promise<void> {
    return withDiskErrors(this.dir, async () => {
      const probe = path.join(await nearestExisting(this.dir), `.sdx-probe-${process.pid}`);
      await writeFile(probe, 'x', { flush: true });
      await rm(probe, { force: true }); // another run may share the name
    });
  }

  async find(key: string): Promise<StoredArtifact | undefined> {
    return (await this.#open(key))?.artifact;
  }

  /** The artifact as its manifest has it, or what is wrong with the manifest. */
  async #open(key: string): Promise<Examined | undefined> {
    const dir = this.#path('artifacts', key);
    const text = await ifThere(readFile(path.join(dir, manifestFile), 'utf8'), undefined);
    if (text === undefined)
      return (
        (await ifThere(stat(dir), undefined)) && { damages: [{ file: manifestFile, problem: 'missing' }] }
      );
    const { manifest, ...checksums } = readManifest(text, key);
    if (manifest !== undefined)
      return { artifact: { key, dir, summary: manifest.summary, manifest }, damages: [] };
    return { damages: [{ file: manifestFile, problem: 'changed', ...checksums }] };
  }

  async examine(key: string, signal?: AbortSignal): Promise<Examined | undefined> {
    const opened = await this.#open(key);
    if (opened?.artifact === undefined) return opened;
    const { artifact } = opened;
    const state = await stateOf(artifact.dir);
    if (this.#sound.get(key) === state) return opened;
    const damages = await this.verify(artifact, signal);
    if (damages.length === 0) this.#sound.set(key, state);
    return { artifact, damages };
  }

  verify({ dir, manifest }: StoredArtifact, signal?: AbortSignal): Promise<Damage[]> {
    return damagesOf(dir, manifest, signal);
  }

  use(keys: readonly string[], options: LockOptions = {}): Promise<Use> {
    return withDiskErrors(this.dir, async () => {
      const use = await announceUse(this.#path('uses'), keys).catch((error: unknown) => {
        if (unsaid.has(systemErrorCode(error) ?? '')) return noUse;
        throw error;
      });
      try {
        // First the use, then the look at the lock; gc does both the other way round, so one of them sees the other.
        const gate = removalLockFile(this.dir);
        if (use !== noUse && (await readLock(gate)) !== 'free')
          await (await acquireLock(gate, options)).release();
        return use;
      } catch (error) {
        await use.release();
        throw error;
      }
    });
  }

  putAside(key: string): Promise<string> {
    const from = this.#path('artifacts', key);
    return withDiskErrors(from, async () => {
      await makeFolder(this.#path('damaged'));
      const taken = new Set(await readdir(this.#path('damaged')));
      let n = 1;
      while (taken.has(`${key}-${n}`)) n++;
      const to = this.#path('damaged', `${key}-${n}`);
      await rename(from, to);
      return to;
    });
  }

  async lock(key: string, options: LockOptions = {}): Promise<Lock> {
    const file = this.lockFile(key);
    return withDiskErrors(file, async () => {
      const lock = await acquireLock(file, options);
      try {
        await this.discardOutput(key);
        return lock;
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  lockFile(key: string): string {
    return this.#path('locks', `${key}.lock`);
  }

  lockPiece(key: string, piece: string, options: LockOptions = {}): Promise<Lock> {
    const file = this.lockFile(`${key}.${piece}`);
    return withDiskErrors(file, () => acquireLock(file, options));
  }

  async lockOwner(key: string): Promise<LockOwner | undefined> {
    const owner = await readLock(this.lockFile(key));
    return typeof owner === 'string' ? undefined : owner;
  }

  async outputDir(key: string): Promise<string> {
    await this.discardOutput(key);
    const folder = this.#path('tmp', key);
    await withDiskErrors(folder, () => mkdir(folder)); // what a loss of power leaves of it is thrown away
    return folder;
  }

  workFolder(key: string): string {
    return this.#path('work', key);
  }

  async workDir(key: string): Promise<string> {
    const folder = this.workFolder(key);
    await withDiskErrors(folder, () => makeFolder(folder));
    return folder;
  }

  async workFiles(key: string): Promise<readonly WorkFile[]> {
    const folder = this.#path('work', key);
    const files: WorkFile[] = [];
    // Whoever works on it may replace a checkpoint, or publish and remove them all, while we look.
    for (const name of await ifThere(filesUnder(folder), [])) {
      const bytes = await ifThere(
        stat(path.join(folder, name)).then(({ size }) => size),
        undefined,
      );
      if (bytes !== undefined) files.push({ name, bytes });
    }
    return files;
  }

  async discardOutput(key: string): Promise<void> {
    await rm(this.#path('tmp', key), { recursive: true, force: true });
  }

  async publish(key: string, description: ArtifactDescription): Promise<StoredArtifact> {
    const output = this.#path('tmp', key);
    const dir = this.#path('artifacts', key);
    return withDiskErrors(dir, async () => {
      const files: Record<string, Checksum> = {};
      const folders = new Set([output]);
      for (const file of await filesUnder(output)) {
        files[file] = await checksumFile(path.join(output, file));
        await sync(path.join(output, file));
        for (let at = path.dirname(file); at !== '.'; at = path.dirname(at))
          folders.add(path.join(output, at));
      }
      const text = encodeManifest({ key, ...description, files, created: new Date().toISOString() });
      await writeFile(path.join(output, manifestFile), text, { flush: true });
      for (const folder of folders) await sync(folder);
      if (await exists(dir)) await this.putAside(key); // nobody has found it sound
      await rename(output, dir);
      await sync(this.#path('artifacts'));
      await rm(this.#path('work', key), { recursive: true, force: true });
      // As the next run will read it: summaries come from JSON on the first run too.
      const { manifest } = readManifest(text, key);
      if (manifest === undefined) throw new InvariantError(`the manifest of ${key} cannot be read back`);
      this.#sound.set(key, await stateOf(dir));
      return { key, dir, summary: manifest.summary, manifest };
    });
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(await nearestExisting(this.dir));
    return bavail * bsize;
  }
}

/** The lock of whoever removes artifacts from the store in `dir`. */
export function removalLockFile(dir: string): string {
  return path.join(dir, 'locks', 'gc.lock');
}

/** What the system says of a store that is not there or can only be read. */
const unsaid: ReadonlySet<string> = new Set(['ENOENT', 'EROFS', 'EACCES', 'EPERM']);

/** `other` where a file or folder does not exist. */
function ifThere<T, U>(value: Promise<T>, other: U): Promise<T | U> {
  return value.catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return other;
    throw error;
  });
}

/** Names, sizes and times of the files of an artifact: as long as they stay, its bytes are taken to stay. */
async function stateOf(dir: string): Promise<string> {
  const names = (await readdir(dir, { recursive: true })).sort();
  const facts = names.map(async (name) => {
    const found = await ifThere(stat(path.join(dir, name), { bigint: true }), undefined); // a link may lead nowhere
    return found ? `${name} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.ino}` : name;
  });
  return (await Promise.all(facts)).join('\n');
}

/** The folder itself, or the nearest one above it that exists. */
async function nearestExisting(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    const exists = await open(at, 'r').then(
      (handle) => handle.close().then(() => true),
      () => false,
    );
    if (exists || at === path.dirname(at)) return at;
  }
}
