// Remembers what is known about the files of large folders, so that planning need not read them again: content
// digest and whether they decode. An entry holds only while size and modification time (ns) stay the same.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../artifacts/atomic-file.ts';

/** What is known about one file. `problem`: null decodes well, a string is why not, absent not yet tried. */
export interface KnownFile {
  readonly size: number;
  /** Decimal digits: nanoseconds do not fit a double. */
  readonly mtimeNs: string;
  readonly sha256: string;
  readonly problem?: string | null;
}

export interface DigestCache {
  get(path: string, stat: { readonly size: number; readonly mtimeNs: string }): KnownFile | undefined;
  set(path: string, known: KnownFile): void;
  /** Writes the file if anything changed. */
  save(): Promise<void>;
}

const formatVersion = 1;

async function load(file: string): Promise<Map<string, KnownFile>> {
  try {
    const parsed = JSON.parse(await readFile(file, 'utf8')) as {
      version: number;
      files: Record<string, KnownFile>;
    };
    return new Map(parsed.version === formatVersion ? Object.entries(parsed.files) : []);
  } catch {
    return new Map(); // absent or damaged: only speed is lost
  }
}

/** Opens the cache; without a file it lives in memory only. A damaged file counts as empty. */
export async function openDigestCache(file: string | undefined): Promise<DigestCache> {
  const known = file === undefined ? new Map<string, KnownFile>() : await load(file);
  let changed = false;
  return {
    get(path, { size, mtimeNs }) {
      const entry = known.get(path);
      return entry?.size === size && entry.mtimeNs === mtimeNs ? entry : undefined;
    },
    set(path, entry) {
      known.set(path, entry);
      changed = true;
    },
    async save() {
      if (file === undefined || !changed) return;
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(
        file,
        JSON.stringify({ version: formatVersion, files: Object.fromEntries(known) }),
      );
      changed = false;
    },
  };
}
