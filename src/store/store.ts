// The store of artifacts, addressed by key:
//   artifacts/<key>/   published: files and artifact.json, never changed      work/<key>/   checkpoints, kept over interruptions
//   tmp/<key>/         being written, not yet visible                         locks/, runs/
// An artifact appears by one rename after everything in it is on disk, so a reader sees a whole one or none.
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  encodeManifest,
  manifestFile,
  parseManifest,
  type ArtifactDescription,
  type ArtifactManifest,
} from './artifact-manifest.ts';
import { checksumFile, filesUnder, type Checksum } from '../files/checksum.ts';
import { acquireLock, readLock, type Lock, type LockOptions, type LockOwner } from './lock.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';

/** A published artifact; what a stage sees of it is key, folder and summary. */
export interface StoredArtifact {
  readonly key: string;
  /** Absolute folder of its files. */
  readonly dir: string;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly manifest: ArtifactManifest;
}

/** A file of an artifact that is not what its manifest says. */
export interface Damage {
  readonly file: string;
  readonly problem: 'missing' | 'changed' | 'unexpected';
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
  /** The published artifact, if there is one; checks existence only. */
  find(key: string): Promise<StoredArtifact | undefined>;
  /** Compares every file with its checksum; empty when all is well. */
  verify(artifact: StoredArtifact): Promise<Damage[]>;
  /** Removes a published artifact, e.g. a damaged one. */
  remove(key: string): Promise<void>;
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
        await mkdir(this.#path(folder), { recursive: true });
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
    const dir = this.#path('artifacts', key);
    const text = await readFile(path.join(dir, manifestFile), 'utf8').catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    const manifest = text === undefined ? undefined : parseManifest(text);
    return manifest?.key === key ? { key, dir, summary: manifest.summary, manifest } : undefined;
  }

  async verify({ dir, manifest }: StoredArtifact): Promise<Damage[]> {
    const found = new Set((await filesUnder(dir)).filter((file) => file !== manifestFile));
    const damages: Damage[] = [...found]
      .filter((file) => !(file in manifest.files))
      .map((file) => ({ file, problem: 'unexpected' }));
    for (const [file, expected] of Object.entries(manifest.files)) {
      if (!found.has(file)) damages.push({ file, problem: 'missing' });
      else if ((await checksumFile(path.join(dir, file))).sha256 !== expected.sha256)
        damages.push({ file, problem: 'changed' });
    }
    return damages;
  }

  async remove(key: string): Promise<void> {
    const trash = this.#path('tmp', `${key}.removed`);
    await withDiskErrors(this.dir, async () => {
      await rm(trash, { recursive: true, force: true });
      await rename(this.#path('artifacts', key), trash).catch((error: unknown) => {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      });
      await rm(trash, { recursive: true, force: true });
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
    return this.#makeFolder('tmp', key);
  }

  workDir(key: string): Promise<string> {
    return this.#makeFolder('work', key);
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

  async #makeFolder(parent: string, key: string): Promise<string> {
    const folder = this.#path(parent, key);
    await withDiskErrors(folder, () => mkdir(folder, { recursive: true }));
    return folder;
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
      const manifest: ArtifactManifest = {
        schemaVersion: 1,
        key,
        ...description,
        files,
        created: new Date().toISOString(),
      };
      const text = encodeManifest(manifest);
      await writeFile(path.join(output, manifestFile), text, { flush: true });
      for (const folder of folders) await sync(folder);
      await this.remove(key); // what `find` did not accept: an artifact without a readable manifest
      await rename(output, dir);
      await sync(this.#path('artifacts'));
      await rm(this.#path('work', key), { recursive: true, force: true });
      // As the next run will read it: summaries come from JSON on the first run too.
      return { key, dir, summary: parseManifest(text)!.summary, manifest: parseManifest(text)! };
    });
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(await nearestExisting(this.dir));
    return bavail * bsize;
  }
}

/** `other` where a file or folder does not exist. */
function ifThere<T, U>(value: Promise<T>, other: U): Promise<T | U> {
  return value.catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return other;
    throw error;
  });
}

/** Flushes a file or folder to disk. */
async function sync(target: string): Promise<void> {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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
