// Reads from given positions of large files, without mapping or loading them. Damaged containers point anywhere, so
// every range is held against the file's size before anything is allocated.
import { UserError } from '../errors.ts';
import { readAt } from './positional-io.ts';
import { openRegularFile } from './regular-file.ts';

export interface ByteFile {
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`. Throws UserError('input') if they are not all inside the file. */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

/** Largest encoded image that is believed; larger lengths are signs of damage. */
export const maxSampleBytes = 2 ** 28;

/** Opens `path` for the time of `use`. Throws UserError('input') if it cannot be opened. */
export async function withByteFile<T>(path: string, use: (file: ByteFile) => Promise<T>): Promise<T> {
  let handle;
  try {
    handle = await openRegularFile(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('input', `cannot open ${path}`, {
      hint: 'check dataset.path and the permissions of the file',
      where: { file: path },
      cause,
    });
  }
  try {
    const { size } = await handle.stat();
    const read = async (offset: number, length: number): Promise<Buffer> => {
      if (!inside(offset, length, size))
        throw damaged(path, `it ends at byte ${size}, before byte ${offset + length}`);
      const bytes = Buffer.allocUnsafe(length);
      if (!(await readAt(handle, bytes, offset))) throw damaged(path, 'it became shorter while it was read');
      return bytes;
    };
    return await use({ path, size, read });
  } finally {
    await handle.close();
  }
}

/** Whether [offset, offset + length) lies in a file of `size` bytes; false for anything but whole numbers. */
export function inside(offset: number, length: number, size: number): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
    ? offset + length <= size
    : false;
}

/** The error for a container whose bytes make no sense. */
export function damaged(path: string, problem: string, hint = 'copy or download the file again'): UserError {
  return new UserError('input', `${path} is damaged: ${problem}`, { hint, where: { file: path } });
}

const windowBytes = 1 << 18;

/** Small reads that mostly follow each other, served from one window of the file. At most `windowBytes` at a time. */
export function windowed(file: ByteFile): (offset: number, length: number) => Promise<Buffer> {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  return async (offset, length) => {
    if (length > windowBytes) throw damaged(file.path, `a header of ${length} bytes at byte ${offset}`);
    if (offset < start || offset + length > start + window.length) {
      if (!inside(offset, length, file.size)) return file.read(offset, length);
      window = await file.read(offset, Math.min(windowBytes, file.size - offset));
      start = offset;
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
