// Records of runs, and the folders of sweeps and of runs that were handed to Slurm: which `sdx gc` removes.
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { collectGarbage } from '../../../src/housekeeping/collect-garbage.ts';
import { writeJobState, type JobState } from '../../../src/jobs/job-state.ts';
import { writeLaunchRecord } from '../../../src/jobs/launch-record.ts';
import { writeSubmittedRun, type SubmittedRun } from '../../../src/jobs/submitted-run.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { newRunRecord, writeRunRecord, type RunRecord } from '../../../src/runner/run-record.ts';
import { thisProcess } from '../../../src/store/lock.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import type { SweepRecord } from '../../../src/sweep/sweep-folder.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';
import { fakeRun } from '../../support/stages/fake-run.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const folder = folderPerTest();
const hour = 3_600_000;
/** A process whose number another one has now. */
const gone = { ...thisProcess(), processStart: '1' };
const yaml = stringify(
  Object.fromEntries(Object.entries(smallExperiment).filter(([, value]) => value !== '')),
);
let store: Store;

beforeEach(async () => {
  store = openStore(folder('store'));
  await store.prepare();
  await mkdir(folder('experiments'));
  await writeFile(folder('experiments/small.yaml'), yaml);
});

/** A record that was written some hours ago. */
async function run(name: string, change: Partial<RunRecord> = {}, hours = 48): Promise<void> {
  const then = new Date(Date.now() - hours * hour);
  const record = newRunRecord(compilePlan(smallExperiment, smallExternals), then.toISOString());
  const file = store.runFile(name);
  await writeRunRecord(file, { ...record, status: 'done', ...change });
  await utimes(file, then, then);
}

/** Makes all below `at`, and what its record says of time, some hours old. */
async function makeOld(at: string, record: string, hours: number): Promise<void> {
  const then = new Date(Date.now() - hours * hour);
  const file = path.join(at, record);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"updated": "[^"]*"/, `"updated": "${then.toISOString()}"`));
  for (const name of [...(await readdir(at, { recursive: true })), '.'])
    await utimes(path.join(at, name), then, then);
}

async function sweep(name: string, states: readonly JobState['status'][], hours = 48): Promise<string> {
  const at = path.join(store.dir, 'sweeps', name);
  const cells = states.map((_, i) => `cell-${i}`);
  const record = { sweep: name, file: `/${name}.yaml`, launcher: 'local', shared: [], cells };
  await mkdir(path.join(at, 'cells'), { recursive: true });
  for (const cell of cells) await writeFile(path.join(at, 'cells', `${cell}.yaml`), yaml);
  await writeLaunchRecord<SweepRecord>(path.join(at, 'sweep.json'), record);
  for (const [i, status] of states.entries())
    await writeJobState(at, { id: cells[i]!, status, process: status === 'running' ? thisProcess() : gone });
  await makeOld(at, 'sweep.json', hours);
  return at;
}

async function submitted(name: string, status: JobState['status'], hours = 48): Promise<void> {
  const at = path.join(store.dir, 'submitted', name);
  const job = { id: 'rest', stages: [], run: 'small', log: '' };
  const experiment = name.slice(0, name.lastIndexOf('-'));
  const record: Pick<SubmittedRun, 'experiment' | 'file' | 'jobs' | 'keys'> = {
    ...{ experiment, file: `/${experiment}.yaml`, jobs: [job], keys: [] },
  };
  await mkdir(at, { recursive: true });
  await writeSubmittedRun(at, record);
  await writeJobState(at, { id: 'rest', status, process: status === 'running' ? thisProcess() : gone });
  await makeOld(at, 'submitted.json', hours);
}

/** Names of what is left below `parent` afterwards. */
async function leftOf(
  parent: string,
  options: Partial<Parameters<typeof collectGarbage>[0]> = {},
): Promise<string[]> {
  await collectGarbage({
    places: [folder('experiments')],
    store,
    stages: fakeRun(folder()).stages,
    keep: [],
    youngMs: 24 * hour,
    dryRun: false,
    signal: new AbortController().signal,
    onWait: () => undefined,
    ...options,
  });
  return (await readdir(path.join(store.dir, parent))).sort();
}

describe('records of runs', () => {
  test('those of experiments that are here stay, with their parts and probes', async () => {
    for (const name of ['small', 'small-teacher', 'smaller', 'other']) await run(name);
    expect(await leftOf('runs')).toEqual(['small-teacher.json', 'small.json']);
  });

  test('those of processes at work and young ones stay', async () => {
    await run('working', { status: 'running', process: thisProcess() });
    await run('elsewhere', { status: 'running', process: { ...gone, host: 'elsewhere' } });
    await run('killed', { status: 'running', process: gone });
    await run('young', {}, 2);
    expect(await leftOf('runs')).toEqual(['elsewhere.json', 'working.json', 'young.json']);
  });

  test('within an hour they stay, whatever is asked for', async () => {
    await run('now', {}, 0.5);
    await run('before', {}, 2);
    expect(await leftOf('runs', { youngMs: 0 })).toEqual(['now.json']);
  });

  test('those that are named stay, and what is damaged goes', async () => {
    await run('other');
    await writeFile(store.runFile('damaged'), '{');
    const then = new Date(Date.now() - 48 * hour);
    await utimes(store.runFile('damaged'), then, then);
    expect(await leftOf('runs', { keep: ['other'] })).toEqual(['other.json']);
  });
});

describe('folders of sweeps', () => {
  test('ended, old ones go, and those at work stay', async () => {
    await sweep('ended', ['done', 'failed', 'interrupted']);
    await sweep('working', ['done', 'running']);
    await sweep('young', ['done'], 2);
    const waiting = await sweep('waiting', ['done', 'pending']);
    await writeFile(path.join(waiting, 'launch-1.json'), JSON.stringify(thisProcess()));
    await makeOld(waiting, 'sweep.json', 48);
    const left = await sweep('left', ['done', 'pending']);
    await writeFile(path.join(left, 'launch-1.json'), JSON.stringify(gone));
    await makeOld(left, 'sweep.json', 48);
    expect(await leftOf('sweeps')).toEqual(['waiting', 'working', 'young']);
  });

  test('that of a sweep that is here stays', async () => {
    const keys = 'toggles: [waveletGating]\n';
    await writeFile(folder('experiments/here.yaml'), `name: here\nbase: small.yaml\nstudent: sd\n${keys}`);
    for (const name of ['here', 'there']) await sweep(name, ['done']);
    await run('here-wg1-seed2');
    expect(await leftOf('sweeps')).toEqual(['here']);
    expect(await leftOf('runs')).toEqual(['here-wg1-seed2.json']);
  });

  test('nothing goes where the record of one cannot be read', async () => {
    await sweep('ended', ['done']);
    const at = await sweep('later', ['done']);
    await writeFile(path.join(at, 'sweep.json'), '{"schemaVersion": 2, "updated": ""}');
    await makeOld(at, 'sweep.json', 48);
    await expect(leftOf('sweeps')).rejects.toThrow('later holds no sweep');
    expect(await readdir(path.join(store.dir, 'sweeps'))).toEqual(['ended', 'later']);
  });
});

describe('folders of runs that were handed to Slurm', () => {
  test('ended, old ones go; of an experiment that is here the last one stays', async () => {
    await submitted('small-0a', 'done', 96);
    await submitted('small-0b', 'done', 72);
    await submitted('small-0c', 'running', 120);
    await submitted('other-0d', 'done');
    await submitted('other-0e', 'done', 2);
    expect(await leftOf('submitted')).toEqual(['other-0e', 'small-0b', 'small-0c']);
  });

  test('one whose record cannot be read stays', async () => {
    await submitted('other-0d', 'done');
    const at = path.join(store.dir, 'submitted', 'other-0d');
    await writeFile(path.join(at, 'submitted.json'), '{"schemaVersion": 2, "updated": ""}');
    await makeOld(at, 'submitted.json', 48);
    expect(await leftOf('submitted')).toEqual(['other-0d']);
  });
});
