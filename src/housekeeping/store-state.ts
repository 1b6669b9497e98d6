// A store as it is now: what lies in it, what its runs have noted, and what processes and jobs are at work on.
import path from 'node:path';
import { UserError } from '../errors.ts';
import { isLaunching } from '../jobs/local.ts';
import { isAtWork, readCurrentStates } from '../jobs/slurm/slurm-status.ts';
import { allSubmittedRuns } from '../jobs/submitted-run.ts';
import { loadExperiment } from '../config/load.ts';
import { allRunRecords, type NamedRecord } from '../runner/run-record.ts';
import { listNotes, listStore, lockedKeys, type StoreEntry } from '../store/inventory.ts';
import { readUses, type FoundUse } from '../store/uses.ts';
import { cellFile, launchedSweeps, readSweepRecord, sweepFolder } from '../sweep/sweep-folder.ts';
import type { Planner, User } from './users.ts';

export interface StoreState {
  /** The oldest first. */
  readonly entries: readonly StoreEntry[];
  readonly runs: readonly NamedRecord[];
  readonly uses: readonly FoundUse[];
  /** Keys that somebody works on. */
  readonly locked: ReadonlySet<string>;
  /** Of runs, sweeps and submissions, the oldest first. */
  readonly notes: readonly StoreEntry[];
  readonly launches: readonly Launch[];
}

/** A sweep, or a run that was handed to Slurm, whose jobs can be told. */
export interface Launch {
  /** Absolute. */
  readonly folder: string;
  /** Of the sweep or the experiment. */
  readonly name: string;
  /** ISO 8601. */
  readonly updated: string;
  readonly atWork: boolean;
}

/** Throws UserError for a use that cannot be read, and the system's error. */
export async function readStoreState(dir: string): Promise<StoreState> {
  // What is in use is read last: whatever else is seen has been there before.
  const [entries, runs] = [await listStore(dir), await allRunRecords(dir)];
  const notes = { notes: await listNotes(dir), launches: await launchesIn(dir) };
  return {
    entries,
    runs,
    ...notes,
    uses: await readUses(path.join(dir, 'uses')),
    locked: await lockedKeys(dir),
  };
}

async function launchesIn(dir: string): Promise<Launch[]> {
  const launches: Launch[] = [];
  const add = async (
    folder: string,
    name: string,
    updated: string,
    jobs: readonly string[],
  ): Promise<void> => {
    const { states } = await readCurrentStates(folder, jobs);
    launches.push({
      ...{ folder, name, updated },
      atWork: states.some(isAtWork) || (await isLaunching(folder)),
    });
  };
  for (const name of await launchedSweeps(dir)) {
    const folder = sweepFolder(dir, name);
    const record = await readSweepRecord(folder).catch((error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (record !== undefined) await add(folder, name, record.updated, [...record.shared, ...record.cells]);
  }
  for (const { folder, record } of await allSubmittedRuns(dir))
    await add(
      folder,
      record.experiment,
      record.updated,
      record.jobs.map(({ id }) => id),
    );
  return launches;
}

/** What jobs that wait or run will need: of sweeps, and of runs that were handed to Slurm. Throws UserError. */
export async function usersAtWork(dir: string, planner: Planner): Promise<User[]> {
  const users: User[] = [];
  for (const name of await launchedSweeps(dir)) {
    const folder = sweepFolder(dir, name);
    const { shared, cells } = await readSweepRecord(folder);
    const { states } = await readCurrentStates(folder, [...shared, ...cells]);
    const waiting = states.filter(isAtWork);
    const configs = [];
    for (const { id } of waiting) configs.push((await loadExperiment(cellFile(folder, id))).config);
    if (configs.length > 0) users.push(await planner.needsOf(`sweep ${name}, at work`, configs));
  }
  for (const { folder, record } of await allSubmittedRuns(dir)) {
    const { states } = await readCurrentStates(
      folder,
      record.jobs.map(({ id }) => id),
    );
    if (!states.some(isAtWork)) continue;
    const name = `${record.experiment}, submitted to Slurm`;
    if (record.keys === undefined)
      throw new UserError('input', `${name} by an earlier version: what its jobs need is not known`, {
        hint: `wait until they have ended, or stop them with \`sdx cancel ${record.file}\``,
        where: { file: folder },
      });
    users.push({ name, keys: new Set(record.keys), shapes: new Set(), names: new Set(), runs: new Set() });
  }
  return users;
}
