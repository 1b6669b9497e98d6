// sha256 of files and folders, streamed: contents of any size in little memory.
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { InterruptedError, InvariantError, UserError } from '../errors.ts';
import { openRegularFile, refuseIrregular } from './regular-file.ts';
import { systemErrorCode } from './system-errors.ts';

export interface Checksum {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Size and sha256 of one file. Throws the system's error, UserError for what is no file, InterruptedError when `signal` aborts. */
export async function checksumFile(file: string, signal?: AbortSignal): Promise<Checksum> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await openRegularFile(file);
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) {
    if (signal?.aborted) throw new InterruptedError();
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** sha256 of a text in UTF-8. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Files under `folder` by path with `/`, sorted by code unit. Throws InvariantError on anything but files and folders. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  for (const entry of files)
    if (!entry.isFile())
      throw new InvariantError(`${path.join(entry.parentPath, entry.name)} is not a regular file`);
  return files
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** The same of a folder that a user gives: links to files count as files. Throws UserError('input') for all else in it. */
async function givenFilesUnder(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    refuseIrregular(file, await targetOf(file));
    files.push(path.relative(folder, file).split(path.sep).join('/'));
  }
  return files.sort();
}

async function targetOf(file: string): Promise<Stats> {
  return stat(file).catch((cause: unknown) => {
    if (systemErrorCode(cause) !== 'ENOENT') throw cause;
    throw new UserError('input', `${file} is a link to nothing`, {
      hint: 'remove the link, or get the file again',
      where: { file },
      cause,
    });
  });
}

/** sha256 of a file, or of a folder's file names and their contents. Throws the system's error. */
export async function digestPath(target: string, digestFile = sha256Of): Promise<string> {
  if (!(await stat(target)).isDirectory()) return digestFile(target);
  const hash = createHash('sha256');
  for (const file of await givenFilesUnder(target))
    hash.update(JSON.stringify([file, await digestFile(path.join(target, file))]));
  return hash.digest('hex');
}

async function sha256Of(file: string): Promise<string> {
  return (await checksumFile(file)).sha256;
}
