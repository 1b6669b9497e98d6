// A sweep in a folder of its own whose jobs run in this process with fake stages: what tests of sweeps share.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore, type Store } from '../../../src/store/store.ts';
import { ExperimentError } from '../../../src/config/problem.ts';
import { writeSweepResults } from '../../../src/report/write-sweep-results.ts';
import type { JobState } from '../../../src/jobs/job-state.ts';
import { collectSweep, type CollectedSweep } from '../../../src/sweep/collect-sweep.ts';
import { jobsToRun } from '../../../src/sweep/jobs-to-run.ts';
import { loadSweep, type LoadedSweep } from '../../../src/sweep/load-sweep.ts';
import { planSweep, type SweepPlan } from '../../../src/sweep/plan-sweep.ts';
import { runCell } from '../../../src/sweep/run-cell.ts';
import { sweepFolder, writeSweepFolder } from '../../../src/sweep/sweep-folder.ts';
import { fakeStages, type FakeOptions } from '../stages/fake-stages.ts';
import { minimal } from './experiment-files.ts';

/** Two students, so that a sweep has one to leave out. */
export const base = minimal.replace('students:\n', 'students:\n  lite: {modelChannels: 32}\n');

export async function sweepFile(content: string, baseContent = base): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sdx-sweep-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'base.yaml'), baseContent);
  await writeFile(path.join(folder, 'sweep.yaml'), content);
  return path.join(folder, 'sweep.yaml');
}

/** The lines of the error that loading such a sweep raises, without the folder. */
export async function sweepProblems(content: string, ...overrides: string[]): Promise<string[]> {
  const file = await sweepFile(content);
  try {
    await loadSweep(file, overrides);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    const [, ...lines] = error.message.replaceAll(`${path.dirname(file)}${path.sep}`, '').split('\n');
    return lines.map((line) => line.trim());
  }
  return [];
}

export interface SweepWorld {
  readonly sweep: LoadedSweep;
  readonly plan: SweepPlan;
  readonly store: Store;
  readonly folder: string;
  readonly resultsFolder: string;
  /** Ids of the stages that started, over all launches. */
  readonly started: string[];
  /** Runs what is missing, one job after another, and gathers. Jobs that fail do not stop the others. */
  readonly launch: (options?: FakeOptions) => Promise<CollectedSweep>;
}

export async function sweepWorld(content: string): Promise<SweepWorld> {
  const file = await sweepFile(content);
  const sweep = await loadSweep(file);
  const store = openStore(path.join(path.dirname(file), 'store'));
  const { stages } = fakeStages();
  const plan = await planSweep({ sweep, store, stages, signal: new AbortController().signal });
  const folder = sweepFolder(store.dir, sweep.name);
  const resultsFolder = path.join(path.dirname(file), 'results', sweep.name);
  const started: string[] = [];
  const launch = async (options: FakeOptions = {}): Promise<CollectedSweep> => {
    await store.prepare();
    await writeSweepFolder(folder, plan, { sweep: sweep.name, file: sweep.file, launcher: 'local' });
    const todo = await jobsToRun(folder, plan, store);
    for (const id of [...todo.shared, ...todo.cells])
      started.push(...(await runJob(folder, id, options)).started);
    const collected = await collectSweep(sweep, plan, folder);
    await writeSweepResults(resultsFolder, collected.manifest, collected.images);
    return collected;
  };
  return { sweep, plan, store, folder, resultsFolder, started, launch };
}

/** One job with fake stages: the state it returned, or what it threw. */
export async function runJob(
  folder: string,
  id: string,
  { signal, ...options }: FakeOptions & { readonly signal?: AbortSignal } = {},
): Promise<{ readonly started: readonly string[]; readonly state?: JobState; readonly error?: unknown }> {
  const fake = fakeStages(options);
  const running = runCell({
    folder,
    id,
    stages: fake.stages,
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: signal ?? new AbortController().signal,
    onEvent: () => undefined,
  });
  return running.then(
    (state) => ({ started: fake.started, state }),
    (error: unknown) => ({ started: fake.started, error }),
  );
}
