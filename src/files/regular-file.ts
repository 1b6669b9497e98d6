// Files that users name, read only where they are files: a device never ends, and a pipe waits for ever.
import { constants, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Dirent, Stats } from 'node:fs';
import { UserError } from '../errors.ts';

/** What a path leads to that is neither a file nor a folder. */
type Oddity = 'a pipe' | 'a socket' | 'a device';

/** A path that does not lead to a file. */
export class NotAFileError extends UserError {
  /** What is there instead. */
  readonly kind: Oddity | 'a folder';

  constructor(file: string, kind: Oddity | 'a folder') {
    super('input', `${file} is ${kind}, not a file`, { hint: 'name a regular file', where: { file } });
    this.name = 'NotAFileError';
    this.kind = kind;
  }
}

/** Opens a file to read it. Throws NotAFileError for all else, and the system's error for what cannot be opened. */
export async function openRegularFile(file: string): Promise<FileHandle> {
  // Opening a pipe would wait for its writer; what was opened is looked at, so nothing can take its place meanwhile.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    refuseIrregular(file, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Throws NotAFileError unless `entry`, what is at `file`, is a regular file. */
export function refuseIrregular(file: string, entry: Stats | Dirent): void {
  const kind = kindOf(entry);
  if (kind !== 'a file') throw new NotAFileError(file, kind);
}

/**
 * The bytes of `file`, no more than `atMost` of them. Throws NotAFileError for folders, pipes, sockets and devices,
 * and the system's error for what cannot be read.
 */
export async function readRegularFile(file: string, atMost = Number.MAX_SAFE_INTEGER): Promise<Buffer> {
  const handle = await openRegularFile(file);
  try {
    const chunks: Buffer[] = [];
    for (let left = atMost; left > 0;) {
      const chunk = Buffer.allocUnsafe(Math.min(left, chunkBytes));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      chunks.push(chunk.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return Buffer.concat(chunks);
  } finally {
    await handle.close();
  }
}

const chunkBytes = 1 << 18;

/** The pipe, socket or device at `path`; undefined for files and folders. Throws the system's error. */
export async function oddityAt(path: string): Promise<Oddity | undefined> {
  const kind = kindOf(await stat(path));
  return kind === 'a file' || kind === 'a folder' ? undefined : kind;
}

function kindOf(entry: Stats | Dirent): Oddity | 'a file' | 'a folder' {
  if (entry.isFile()) return 'a file';
  if (entry.isDirectory()) return 'a folder';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isSocket() ? 'a socket' : 'a device';
}

/** The text of `file`, which is `what`. Throws UserError('input') with `hint` where it cannot be read. */
export async function readGivenText(file: string, what: string, hint: string): Promise<string> {
  try {
    return (await readRegularFile(file)).toString();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('input', `cannot read ${what} ${file}`, { hint, where: { file }, cause });
  }
}
