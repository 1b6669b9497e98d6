// <store>/submitted/<experiment>-<digest>/submitted.json: the jobs of one `sdx run --launcher slurm`. An experiment may
// have several: with other changes, or of other stages. Beside it lie, as for a sweep, jobs/, logs/ and slurm/.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import { readLaunchRecord, writeLaunchRecord, type LaunchRecord } from './launch-record.ts';

export interface SubmittedJob {
  /** File-name safe, the same at every submission: `wave-2-1-of-8`. */
  readonly id: string;
  /** The stages it was submitted for; none: the whole experiment, with its results. */
  readonly stages: readonly string[];
  /** The part of them that it does: `1/8`. */
  readonly shard?: string;
  /** Name under which it keeps the record of its run. */
  readonly run: string;
  /** What sdx says of it; absolute. */
  readonly log: string;
  /** What Slurm says of it; absolute. Absent where it was not submitted. */
  readonly output?: string;
  /** `<array job>_<task>`. */
  readonly slurmJob?: string;
}

export interface SubmittedRun extends LaunchRecord {
  readonly experiment: string;
  /** The experiment's file, absolute. */
  readonly file: string;
  /** In the order in which they follow one another. */
  readonly jobs: readonly SubmittedJob[];
  /** Of all artifacts that its jobs use or make; records of earlier versions do not say. */
  readonly keys?: readonly string[];
}

/** A record and the folder it lies in. */
export interface FoundRun {
  readonly folder: string;
  readonly record: SubmittedRun;
}

/** `digest`: tells apart the submissions of one experiment. */
export function submittedFolder(storeDir: string, experiment: string, digest: string): string {
  return path.join(storeDir, 'submitted', `${experiment}-${digest}`);
}

/** Throws UserError('input') where the disk refuses. */
export async function writeSubmittedRun(
  folder: string,
  run: Omit<SubmittedRun, keyof LaunchRecord>,
): Promise<void> {
  const file = recordFile(folder);
  await withDiskErrors(file, () => writeLaunchRecord<SubmittedRun>(file, run));
}

export function readSubmittedRun(folder: string): Promise<SubmittedRun | undefined> {
  return readLaunchRecord<SubmittedRun>(recordFile(folder));
}

/** What was submitted of `experiment`, with whatever changes; the last submission first. */
export async function findSubmittedRuns(storeDir: string, experiment: string): Promise<FoundRun[]> {
  return (await allSubmittedRuns(storeDir)).filter(({ record }) => record.experiment === experiment);
}

/** Everything that was submitted with the store, the last submission first. */
export async function allSubmittedRuns(storeDir: string): Promise<FoundRun[]> {
  const parent = path.join(storeDir, 'submitted');
  const names = await readdir(parent).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(
    names.map(async (name): Promise<FoundRun[]> => {
      const folder = path.join(parent, name);
      const record = await readSubmittedRun(folder);
      return record === undefined ? [] : [{ folder, record }];
    }),
  );
  return found.flat().sort((a, b) => b.record.updated.localeCompare(a.record.updated));
}

function recordFile(folder: string): string {
  return path.join(folder, 'submitted.json');
}
