// Whole reads and writes at a place in a file: the system may do less at once than it is asked for.
import type { FileHandle } from 'node:fs/promises';

/** Node reads less than 2 GiB at once. */
const mostAtOnce = 2 ** 30;

/** Fills `bytes` from `position` on; false where the file ends before. */
export async function readAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(mostAtOnce, bytes.length - done);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

/** Writes all of `bytes` from `position` on. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}
