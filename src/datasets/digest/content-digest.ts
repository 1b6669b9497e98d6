// One sha256 over all files of a source. Millions of files are hashed in groups of up to a thousand within a folder,
// so that the cache of known digests stays small and an interrupted pass loses little.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checksumFile } from '../../files/checksum.ts';
import { readRegularFile } from '../../files/regular-file.ts';
import { InterruptedError, UserError } from '../../errors.ts';
import type { DatasetOptions } from '../dataset.ts';
import type { DigestCache } from './digest-cache.ts';
import type { SourceFiles } from '../decode/encoded-images.ts';
import { orderedMap } from '../ordered-map.ts';

const groupSize = 1000;
const filesAtOnce = 8;

/** sha256 (hex) of names and contents; times and places do not enter. */
export async function contentDigest(
  files: SourceFiles,
  cache: DigestCache,
  { signal, onProgress }: DatasetOptions,
): Promise<string> {
  const { root, names, single } = files;
  const hash = createHash('sha256');
  const total = names.length + single.length;
  let done = 0;
  const advance = (): void => onProgress?.(++done, total);
  for (const { as, path: file } of single) {
    hash.update(`${JSON.stringify(as)} ${await fileDigest(file, cache, signal)}\n`);
    advance();
  }
  for (const [start, end] of groupsOf(names)) {
    const group = names.slice(start, end);
    hash.update(`${await groupDigest(root, group, cache, signal, advance)}\n`);
    onProgress?.((done = single.length + end), total);
  }
  return hash.digest('hex');
}

async function fileDigest(
  file: string,
  cache: DigestCache,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { size, mtimeNs } = await readable(file, stat(file, { bigint: true }));
  const identity = { size: Number(size), mtimeNs: mtimeNs.toString() };
  const known = cache.get(file, identity);
  if (known !== undefined) return known.sha256;
  const { sha256 } = await readable(file, checksumFile(file, signal));
  cache.set(file, { ...identity, sha256 });
  await cache.save();
  return sha256;
}

/** Ranges [start, end) of neighbours that lie in one folder. */
function* groupsOf(names: readonly string[]): Generator<[number, number]> {
  let start = 0;
  for (let i = 1; i <= names.length; i++) {
    const full = i - start === groupSize;
    if (i < names.length && !full && path.posix.dirname(names[i]!) === path.posix.dirname(names[start]!))
      continue;
    yield [start, i];
    start = i;
  }
}

async function groupDigest(
  root: string,
  names: readonly string[],
  cache: DigestCache,
  signal: AbortSignal | undefined,
  advance: () => void,
): Promise<string> {
  const limits = { width: filesAtOnce, signal };
  const identities = await orderedMap(names, (name) => identityOf(path.join(root, name)), limits);
  const state = createHash('sha256');
  for (const [i, name] of names.entries()) state.update(JSON.stringify([name, identities[i]]));
  const identity = { size: names.length, mtimeNs: state.digest('hex') };
  const key = `${path.join(root, names[0]!)} and on`;
  const known = cache.get(key, identity);
  if (known !== undefined) return known.sha256;
  const digests = await orderedMap(names, (name) => sha256Of(path.join(root, name), advance), limits);
  const hash = createHash('sha256');
  for (const [i, name] of names.entries()) hash.update(`${JSON.stringify(name)} ${digests[i]!}\n`);
  const sha256 = hash.digest('hex');
  cache.set(key, { ...identity, sha256 });
  if (signal?.aborted === true) throw new InterruptedError();
  return sha256;
}

async function identityOf(file: string): Promise<string> {
  const { size, mtimeNs } = await readable(file, stat(file, { bigint: true }));
  return `${size.toString()} ${mtimeNs.toString()}`;
}

async function sha256Of(file: string, advance: () => void): Promise<string> {
  const digest = createHash('sha256')
    .update(await readable(file, readRegularFile(file)))
    .digest('hex');
  advance();
  return digest;
}

/** The result, or a UserError that names the file which cannot be read. */
async function readable<T>(file: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof InterruptedError || cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('input', `cannot read ${file}: ${reason}`, {
      hint: 'check the path and the permissions of the file',
      where: { file },
      cause,
    });
  }
}
