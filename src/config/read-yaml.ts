// The bytes of YAML files: of regular files only, and no more than any configuration has.
import { NotAFileError, readRegularFile } from '../files/regular-file.ts';
import { systemErrorCode } from '../files/system-errors.ts';

/** No configuration is larger. */
export const mostBytes = 1_000_000;

/** The bytes of `file`, one more than `mostBytes` where it is larger. Throws as readRegularFile does. */
export function readYamlBytes(file: string): Promise<Uint8Array> {
  return readRegularFile(file, mostBytes + 1);
}

/** What comes after the name of a file that `readYamlBytes` could not read. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof NotAFileError) return `is ${error.kind}, not a file`;
  const code = systemErrorCode(error);
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? String(error)})`;
}
