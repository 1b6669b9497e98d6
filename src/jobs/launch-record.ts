// The record that a launch leaves in its folder: which jobs there are and what they are made of. `status` and `cancel`
// look at nothing else, so it is replaced whole, and never torn.
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { systemErrorCode } from '../files/system-errors.ts';

export interface LaunchRecord {
  readonly schemaVersion: 1;
  /** ISO 8601. */
  readonly updated: string;
}

/** Replaces the record in `file`. Throws the system's error where it cannot. */
export async function writeLaunchRecord<T extends LaunchRecord>(
  file: string,
  facts: Omit<T, keyof LaunchRecord>,
): Promise<void> {
  const record = { schemaVersion: 1, ...facts, updated: new Date().toISOString() };
  await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
}

/** The record in `file`, which writeLaunchRecord<T> wrote; undefined where there is none of this version. */
export async function readLaunchRecord<T extends LaunchRecord>(file: string): Promise<T | undefined> {
  try {
    const record = JSON.parse(await readFile(file, 'utf8')) as Partial<T> | null;
    return record?.schemaVersion === 1 ? (record as T) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
