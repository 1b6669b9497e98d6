import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readJobState } from '../../../../src/jobs/job-state.ts';
import { submitChain, type ChainJob, type ChainRequest } from '../../../../src/jobs/slurm/slurm-chain.ts';
import {
  findSubmittedRuns,
  readSubmittedRun,
  submittedFolder,
  writeSubmittedRun,
} from '../../../../src/jobs/submitted-run.ts';
import { fakeSlurm } from '../../../support/slurm/fake-slurm.ts';

let dir: string;
let store: string;
let folder: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-chain-'));
  store = path.join(dir, 'store');
  folder = submittedFolder(store, 'tiny', '0a1b2c3d');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

const job = (id: string, stages: readonly string[], shard?: string): ChainJob => ({
  id,
  stages,
  ...(shard === undefined ? {} : { shard }),
  run: `tiny-${id}`,
  command: ['sdx', id],
});
const shards = ['1/3', '2/3', '3/3'].map((shard) =>
  job(`wave-2-${shard.replace('/', '-of-')}`, ['latents'], shard),
);

function submit(change: Partial<ChainRequest> = {}): ReturnType<typeof submitChain> {
  const links = [
    { name: 'whole', jobs: [job('wave-1', ['dataset'])] },
    { name: 'shards', jobs: shards },
    { name: 'rest', jobs: [job('rest', [])] },
  ];
  const { signal } = new AbortController();
  return submitChain(
    { experiment: 'tiny', file: '/tiny.yaml', folder, keys: [], links, dryRun: false, signal, ...change },
    { requeue: true, signalSeconds: 9, sbatch: [], prolog: [] },
  );
}

/** `wave-1 1_0`, for every job of the record. */
async function recorded(): Promise<string[]> {
  const record = await readSubmittedRun(folder);
  return (record?.jobs ?? []).map(({ id, slurmJob }) => `${id} ${slurmJob ?? '-'}`);
}

const list = (name: string): string => path.join(folder, 'slurm', `${name}.list`);

test('each batch waits for the whole one before, also where that had to be split', async () => {
  const slurm = await fakeSlurm(dir, { maxArraySize: 2 });
  expect(await submit()).toEqual({
    status: 'submitted',
    text: [
      'job 1: 0001-whole, 1 task',
      'job 2: 0002-shards, 2 tasks',
      'job 3: 0003-shards, 1 task',
      'job 4: 0004-rest, 1 task',
    ].join('\n'),
  });
  const waits = (await slurm.calls()).map((call) => /--dependency=(\S+)/.exec(call)?.[1]);
  expect(waits).toEqual([undefined, 'afterok:1', 'afterok:1', 'afterok:2:3']);
});

test('the record holds every job: its stages, its part, its number, where its words go', async () => {
  await fakeSlurm(dir);
  await submit();
  const [{ record, folder: at } = { record: undefined, folder: '' }] = await findSubmittedRuns(store, 'tiny');
  expect(at).toBe(folder);
  expect(record).toMatchObject({ schemaVersion: 1, experiment: 'tiny', file: '/tiny.yaml' });
  expect(record?.jobs.map(({ id }) => id)).toEqual(['wave-1', ...shards.map(({ id }) => id), 'rest']);
  expect(record?.jobs[2]).toEqual({
    id: 'wave-2-2-of-3',
    stages: ['latents'],
    shard: '2/3',
    run: 'tiny-wave-2-2-of-3',
    log: path.join(folder, 'logs', 'wave-2-2-of-3.log'),
    output: path.join(folder, 'slurm', '0002-shards-1.out'),
    slurmJob: '2_1',
  });
  expect(await readJobState(folder, 'rest')).toEqual({ id: 'rest', status: 'submitted' });
});

test('again: what is queued keeps its number, what is missing gets one, what was asked for before stays while it is queued', async () => {
  const slurm = await fakeSlurm(dir);
  await submit();
  await slurm.queue([
    `1_0|RUNNING|None|n1|${list('0001-whole')}`,
    `2_0|COMPLETED|None|n1|${list('0002-shards')}`,
    `2_1|RUNNING|None|n1|${list('0002-shards')}`,
  ]);
  const rest = job('rest', []);
  await submit({
    links: [
      { name: 'shards', jobs: shards },
      { name: 'rest', jobs: [rest] },
    ],
  });
  expect(await recorded()).toEqual([
    'wave-1 1_0',
    'wave-2-1-of-3 4_0',
    'wave-2-2-of-3 2_1',
    'wave-2-3-of-3 4_1',
    'rest 5_0',
  ]);
  expect((await slurm.calls()).at(-1)).toContain('--dependency=afterok:4:2 ');
});

test('where Slurm refuses half-way, the record tells what it has and what it has not', async () => {
  await fakeSlurm(dir, { refuseFrom: 3 });
  await expect(submit()).rejects.toMatchObject({ code: 'usage', message: 'sbatch: submit limit' });
  expect(await recorded()).toEqual([
    'wave-1 1_0',
    'wave-2-1-of-3 2_0',
    'wave-2-2-of-3 2_1',
    'wave-2-3-of-3 2_2',
    'rest -',
  ]);
  expect(await readJobState(folder, 'rest')).toEqual({ id: 'rest', status: 'pending' });
});

test('a dry run writes nothing, with Slurm or without', async () => {
  vi.stubEnv('PATH', '');
  expect(await submit({ dryRun: true })).toMatchObject({ status: 'planned' });
  await fakeSlurm(dir);
  expect((await submit({ dryRun: true })).text).toContain('# 0003-rest: sbatch --parsable');
  expect(await readdir(dir)).not.toContain('store');
});

test('of several submissions the last comes first; those of experiments with longer names are not among them', async () => {
  const run = (experiment: string) => ({ experiment, file: '/x.yaml', jobs: [] });
  expect(await findSubmittedRuns(store, 'tiny')).toEqual([]);
  await fakeSlurm(dir);
  await submit({ links: [] });
  await submit({ links: [], folder: submittedFolder(store, 'tiny', 'ffffffff') });
  await submit({ links: [], experiment: 'tiny-2', folder: submittedFolder(store, 'tiny-2', '0a1b2c3d') });
  await writeSubmittedRun(folder, run('tiny'));
  const found = await findSubmittedRuns(store, 'tiny');
  expect(found.map((one) => path.basename(one.folder))).toEqual(['tiny-0a1b2c3d', 'tiny-ffffffff']);
});
