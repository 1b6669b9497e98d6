// What is kept of a launch on Slurm, of a sweep or of a run, in its folder:
//   slurm/0002-cells.sbatch     a batch script        slurm/0002-cells.list   what its tasks run, one a line
//   slurm/0002-cells-<task>.out what Slurm and the script say of a task (what sdx says is in logs/)
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';
import { writeFileAtomic } from '../../files/atomic-file.ts';
import { withDiskErrors } from '../../files/system-errors.ts';

export function listFolder(folder: string): string {
  return path.join(folder, 'slurm');
}

/** The name that all jobs of the launch in `folder` have. */
export function slurmJobName(folder: string): string {
  return `sdx-${path.basename(folder)}`;
}

/** Paths of one batch; `number` counts the batches of the folder from 1. */
export interface BatchFiles {
  readonly script: string;
  readonly list: string;
  /** `%a` is the task. */
  readonly output: string;
}

export function batchFiles(folder: string, number: number, name: string): BatchFiles {
  const base = path.join(listFolder(folder), `${String(number).padStart(4, '0')}-${name}`);
  return { script: `${base}.sbatch`, list: `${base}.list`, output: `${base.replaceAll('%', '%%')}-%a.out` };
}

/** What Slurm says of task `task` of the batch `0002-cells`. */
export function taskOutputFile(folder: string, batch: string, task: number): string {
  return path.join(listFolder(folder), `${batch}-${task}.out`);
}

/** The number after the highest in use. */
export async function nextBatchNumber(folder: string): Promise<number> {
  const names = await readdir(listFolder(folder)).catch(() => []);
  return 1 + Math.max(0, ...names.map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0)));
}

/** Writes list and script before Slurm hears of them. Throws UserError('input') where the disk refuses. */
export async function writeBatch(files: BatchFiles, list: string, script: string): Promise<void> {
  await withDiskErrors(files.list, async () => {
    await makeFolder(path.dirname(files.list));
    await writeFileAtomic(files.list, list);
    await writeFileAtomic(files.script, script);
  });
}

/** `id command` a line. */
export function listText(jobs: readonly { readonly id: string; readonly command: string }[]): string {
  return jobs.map(({ id, command }) => `${id} ${command}\n`).join('');
}

/** The ids of a list, by task. */
export function jobIdsOf(list: string): string[] {
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, line.indexOf(' ')));
}
