// <store>/sweeps/<sweep>/: what the jobs of a sweep read and write. The layout stands in jobs/launcher.ts.
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { makeFolder } from '../files/make-folder.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { exists } from '../files/exists.ts';
import { systemErrorCode, withDiskErrors } from '../files/system-errors.ts';
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';
import { readLaunchRecord, writeLaunchRecord, type LaunchRecord } from '../jobs/launch-record.ts';
import type { CellJob } from '../jobs/launcher.ts';
import type { SweepPlan } from './plan-sweep.ts';

/** sweep.json: enough for `status` and `cancel`, which look at nothing else. */
export interface SweepRecord extends LaunchRecord {
  readonly sweep: string;
  /** The sweep file, absolute. */
  readonly file: string;
  readonly launcher: string;
  readonly shared: readonly string[];
  /** Ids of all cells, done or not, in the order of the table. */
  readonly cells: readonly string[];
}

export function sweepFolder(storeDir: string, sweep: string): string {
  return path.join(storeDir, 'sweeps', sweep);
}

/** The store that a sweep's folder lies in. */
export function storeOfFolder(folder: string): string {
  return path.resolve(folder, '..', '..');
}

export function cellFile(folder: string, id: string): string {
  return path.join(folder, 'cells', `${id}.yaml`);
}

/** Parent of the results folders of the cells; each is called as its experiment. */
export function cellResults(folder: string): string {
  return path.join(folder, 'results');
}

/** The jobs of a plan, shared ones first. */
export function jobsOf(folder: string, plan: SweepPlan): { shared: CellJob[]; cells: CellJob[] } {
  return {
    shared: plan.shared.map(({ id }) => ({ id, experimentFile: cellFile(folder, id) })),
    cells: plan.runs.map(({ run: { id }, needs }) => ({ id, experimentFile: cellFile(folder, id), needs })),
  };
}

/** Makes the folder, writes every job's experiment and the record; files of cells that are no more are removed. */
export async function writeSweepFolder(
  folder: string,
  plan: SweepPlan,
  record: Omit<SweepRecord, keyof LaunchRecord | 'shared' | 'cells'>,
): Promise<void> {
  const experiments = [
    ...plan.shared.map(({ id, config }) => ({ id, config })),
    ...plan.runs.map(({ run: { id, config } }) => ({ id, config })),
  ];
  await withDiskErrors(folder, async () => {
    for (const part of ['cells', 'jobs', 'logs', 'results']) await makeFolder(path.join(folder, part));
    for (const { id, config } of experiments)
      await writeChanged(cellFile(folder, id), experimentText(config));
    const known = new Set(experiments.map(({ id }) => id));
    for (const file of await readdir(path.join(folder, 'jobs')))
      if (file.endsWith('.json') && !known.has(file.slice(0, -'.json'.length)))
        await rm(path.join(folder, 'jobs', file), { force: true });
    await writeLaunchRecord<SweepRecord>(recordFile(folder), {
      ...record,
      shared: plan.shared.map(({ id }) => id),
      cells: plan.runs.map(({ run: { id } }) => id),
    });
  });
}

/** Names of the sweeps that were launched with the store, sorted. */
export async function launchedSweeps(storeDir: string): Promise<string[]> {
  const names = await readdir(path.join(storeDir, 'sweeps')).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const launched: string[] = [];
  for (const name of names.sort())
    if (await exists(recordFile(sweepFolder(storeDir, name)))) launched.push(name);
  return launched;
}

/** The record of a sweep. Throws UserError('input') where there is none. */
export async function readSweepRecord(folder: string): Promise<SweepRecord> {
  const file = recordFile(folder);
  const record = await readLaunchRecord<SweepRecord>(file);
  if (record !== undefined) return record;
  throw new UserError('input', `${folder} holds no sweep`, {
    hint: 'start it with sdx sweep <file>, with the same --store',
    where: { file },
  });
}

function recordFile(folder: string): string {
  return path.join(folder, 'sweep.json');
}

/** Empty texts are left out: in a file they count as forgotten, and they are defaults. */
function experimentText(config: Experiment): string {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ''));
  return `# One cell of a sweep, resolved. Written by sdx; the next launch replaces it.\n${stringify(given, { lineWidth: 0 })}`;
}

/** Leaves an equal file alone: thousands of syncs take minutes. */
async function writeChanged(file: string, text: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== text) await writeFileAtomic(file, text);
}
