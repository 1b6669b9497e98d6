// How much memory this process may have, and amounts of memory in words.
import { totalmem } from 'node:os';

/** The machine's, or less where the process is confined. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
