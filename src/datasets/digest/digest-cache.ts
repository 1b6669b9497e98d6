// Remembers what was learnt by reading large files and folders, so that planning need not read them again: digests
// of contents, valid while size and modification time (ns) stay the same, and, by digest, which samples are broken.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { makeFolder } from '../../files/make-folder.ts';

/** Name of the file in a store that remembers the digests of images. */
export const digestCacheName = 'image-digests.json';

/** What is known about one file or group of files. */
export interface KnownFile {
  /** Bytes of a file; number of files of a group. */
  readonly size: number;
  /** Decimal digits, as nanoseconds do not fit a double; for a group, a hash over all its files' times and sizes. */
  readonly mtimeNs: string;
  readonly sha256: string;
}

/** The samples of a source that were decoded once, in order from the first. */
export interface DecodeCheck {
  readonly checked: number;
  /** Index and reason of those that failed. */
  readonly broken: readonly (readonly [number, string])[];
}

export interface DigestCache {
  get(path: string, stat: { readonly size: number; readonly mtimeNs: string }): KnownFile | undefined;
  set(path: string, known: KnownFile): void;
  /** What is known about the samples of a source with these contents. */
  getCheck(contentDigest: string): DecodeCheck | undefined;
  setCheck(contentDigest: string, check: DecodeCheck): void;
  /** Writes the file if anything changed. */
  save(): Promise<void>;
}

const formatVersion = 2;

interface Contents {
  readonly files: Map<string, KnownFile>;
  readonly checks: Map<string, DecodeCheck>;
}

async function load(file: string): Promise<Contents> {
  try {
    const { version, files, checks } = JSON.parse(await readFile(file, 'utf8')) as {
      version: number;
      files: Record<string, KnownFile>;
      checks: Record<string, DecodeCheck>;
    };
    if (version === formatVersion)
      return { files: new Map(Object.entries(files)), checks: new Map(Object.entries(checks)) };
  } catch {
    // absent or damaged: only speed is lost
  }
  return { files: new Map(), checks: new Map() };
}

/** Opens the cache; without a file it lives in memory only. A damaged file counts as empty. */
export async function openDigestCache(file: string | undefined): Promise<DigestCache> {
  const { files, checks } =
    file === undefined
      ? { files: new Map<string, KnownFile>(), checks: new Map<string, DecodeCheck>() }
      : await load(file);
  let changed = false;
  return {
    get(path, { size, mtimeNs }) {
      const entry = files.get(path);
      return entry?.size === size && entry.mtimeNs === mtimeNs ? entry : undefined;
    },
    set(path, entry) {
      files.set(path, entry);
      changed = true;
    },
    getCheck: (contentDigest) => checks.get(contentDigest),
    setCheck(contentDigest, check) {
      checks.set(contentDigest, check);
      changed = true;
    },
    async save() {
      if (file === undefined || !changed) return;
      await makeFolder(dirname(file));
      await writeFileAtomic(
        file,
        JSON.stringify({
          version: formatVersion,
          files: Object.fromEntries(files),
          checks: Object.fromEntries(checks),
        }),
      );
      changed = false;
    },
  };
}
