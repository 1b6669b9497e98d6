// What is wrong with a published artifact: files that are not what their checksums say.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { checksumFile, type Checksum } from '../files/checksum.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import { manifestFile, type ArtifactManifest } from './artifact-manifest.ts';

/** A file of an artifact that is not what its manifest says; the manifest itself where its own checksum is wrong. */
export interface Damage {
  readonly file: string;
  readonly problem: 'missing' | 'changed' | 'unexpected';
  /** sha256, where it is known what it should be. */
  readonly expected?: string;
  /** sha256 of what is there; absent where that is no file. */
  readonly found?: string;
}

/** Compares every file in `dir` with its checksum; empty when all is well. Throws InterruptedError when `signal` aborts. */
export async function damagesOf(
  dir: string,
  { files }: Pick<ArtifactManifest, 'files'>,
  signal?: AbortSignal,
): Promise<Damage[]> {
  const present = new Set(await namesUnder(dir));
  present.delete(manifestFile);
  const damages = [...present]
    .filter((file) => !Object.hasOwn(files, file))
    .map((file): Damage => ({ file, problem: 'unexpected' }));
  for (const [file, { bytes, sha256: expected }] of Object.entries(files)) {
    const found = present.has(file) ? await checksumIn(path.join(dir, file), signal) : undefined;
    if (!present.has(file)) damages.push({ file, problem: 'missing', expected });
    else if (found === undefined) damages.push({ file, problem: 'changed', expected });
    else if (found.sha256 !== expected || found.bytes !== bytes)
      damages.push({ file, problem: 'changed', expected, found: found.sha256 });
  }
  return damages;
}

/** One line: each file with both digests. */
export function damageText(damages: readonly Damage[]): string {
  const named = damages.slice(0, mostNamed).map(({ file, problem, expected, found }) => {
    if (problem === 'missing')
      return `${file} is missing${expected === undefined ? '' : ` (sha256 ${expected})`}`;
    if (problem === 'unexpected') return `${file} does not belong to it`;
    const should = expected === undefined ? 'none that can be read' : expected;
    return found === undefined
      ? `${file} is no file`
      : `${file} has sha256 ${found} and should have ${should}`;
  });
  const more = damages.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

const mostNamed = 4;

/** All but folders, by path with `/`. */
async function namesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** Undefined for what is no regular file, which nothing is read from. */
async function checksumIn(file: string, signal: AbortSignal | undefined): Promise<Checksum | undefined> {
  const entry = await stat(file).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined; // a link to nothing
    throw error;
  });
  return entry?.isFile() === true ? checksumFile(file, signal) : undefined;
}
