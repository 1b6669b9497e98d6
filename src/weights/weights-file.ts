// An open file that strangers wrote: reads at positions, each held against the file's size before memory is taken.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { readAt } from '../files/positional-io.ts';
import { diskError, systemErrorCode } from '../files/system-errors.ts';

export interface WeightsFile {
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in an array buffer of their own. Throws UserError('input'). */
  read(offset: number, length: number): Promise<Buffer<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a regular file. Throws UserError('input') for anything else and for files that cannot be opened. */
export async function openWeightsFile(path: string): Promise<WeightsFile> {
  try {
    // Without O_NONBLOCK a named pipe would be waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile())
        throw new UserError('input', `${path} is not a file`, {
          hint: 'give the path of a weights file',
          where: { file: path },
        });
      const { size } = stats;
      return {
        path,
        size,
        async read(offset, length) {
          const whole =
            Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
          if (!whole || offset + length > size)
            throw damagedFile(
              path,
              `it has ${size} bytes, and bytes ${offset} to ${offset + length} are asked for`,
            );
          const bytes = Buffer.from(allocate(path, length));
          if (!(await readAt(handle, bytes, offset)))
            throw damagedFile(path, 'it became shorter while it was read');
          return bytes;
        },
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const disk = diskError(cause, path);
    if (disk !== undefined && systemErrorCode(cause) !== 'EACCES') throw disk;
    throw new UserError('input', `cannot open ${path}`, {
      hint: 'check the path and its permissions',
      where: { file: path },
      cause,
    });
  }
}

function allocate(path: string, length: number): ArrayBuffer {
  try {
    return new ArrayBuffer(length);
  } catch (cause) {
    throw new UserError('input', `${path}: no memory for a tensor of ${length} bytes`, {
      hint: 'use a machine with more memory',
      where: { file: path },
      cause,
    });
  }
}

/** The error for a file whose bytes make no sense. */
export function damagedFile(path: string, problem: string, hint?: string): UserError {
  return new UserError('input', `${path} is damaged or not what it seems: ${problem}`, {
    hint: hint ?? 'copy or download the file again',
    where: { file: path },
  });
}

/** A name from a file as part of a message: quoted, control characters escaped, cut to a readable length. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}
