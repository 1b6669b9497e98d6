// status, cancel and the jobs themselves of an experiment that was handed to Slurm; its commands are scripts.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { TimeLimitError } from '../../../src/errors.ts';
import { jobStateFile, readJobState, writeJobState, type JobState } from '../../../src/jobs/job-state.ts';
import { batchFiles, listText, writeBatch } from '../../../src/jobs/slurm/slurm-files.ts';
import { submittedFolder, writeSubmittedRun } from '../../../src/jobs/submitted-run.ts';
import { tinyExperiment } from '../../support/experiments/family.ts';
import type { Finished } from '../../support/processes/sdx.ts';
import { fakeCommand, fakeSlurm, type FakeSlurm } from '../../support/slurm/fake-slurm.ts';

let dir: string;
let folder: string;
let slurm: FakeSlurm;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-submitted-'));
  folder = submittedFolder(path.join(dir, 'store'), 'tiny', '0a1b2c3d');
  slurm = await fakeSlurm(dir);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

/** Runs a command on the store, its signal aborted for `reason` as soon as its run begins. */
async function sdx(command: string, args: readonly string[] = [], reason?: unknown): Promise<Finished> {
  const controller = new AbortController();
  const [out, err]: [string[], string[]] = [[], []];
  const argv = [command, tinyExperiment, ...args, '--store', path.join(dir, 'store')];
  const exitCode = await main(argv, {
    stdout: { write: (text) => out.push(text) },
    stderr: {
      write: (text) => {
        err.push(text);
        if (reason !== undefined) controller.abort(reason);
      },
    },
    isTty: false,
    color: false,
    signal: controller.signal,
  });
  return { exitCode, stdout: out.join(''), stderr: err.join('') };
}

const inSlurm = { pid: 1, host: 'elsewhere', since: '', slurm: { job: '1', restarts: 0 } };
const part = (id: string, shard: string) => ({
  id,
  stages: ['latents'],
  shard,
  run: `tiny-latents-${shard.replace('/', '-of-')}`,
  log: path.join(folder, 'logs', `${id}.log`),
});

/** Two parts, of which one is done and one runs, and the rest, which waits. */
async function submitted(...states: JobState[]): Promise<string> {
  const jobs = [
    part('wave-2-1-of-2', '1/2'),
    part('wave-2-2-of-2', '2/2'),
    { id: 'rest', stages: [], run: 'tiny', log: '/rest.log' },
  ];
  const { list } = batchFiles(folder, 1, 'shards');
  await writeBatch(
    batchFiles(folder, 1, 'shards'),
    listText(jobs.map(({ id }) => ({ id, command: '' }))),
    '',
  );
  await writeSubmittedRun(folder, { experiment: 'tiny', file: tinyExperiment, jobs });
  const [first, second, rest] = jobs.map(({ id }) => id) as [string, string, string];
  await writeJobState(folder, { id: first, status: 'done' });
  await writeJobState(folder, { id: second, status: 'running', process: inSlurm });
  await writeJobState(folder, { id: rest, status: 'submitted' });
  for (const state of states) await writeJobState(folder, state);
  return list;
}

const table = (text: string): string[] =>
  text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));

test('status: what waits, what runs and how far it is, beside the stages', async () => {
  const list = await submitted();
  await slurm.queue([`7_1|RUNNING|None|n2|${list}`, `7_2|PENDING|Dependency||${list}`]);
  const progress = { done: 128, total: 600, unit: 'images' };
  const nodes = { latents: { status: 'running', progress } };
  await mkdir(path.join(dir, 'store', 'runs'));
  await writeFile(
    path.join(dir, 'store', 'runs', 'tiny-latents-2-of-2.json'),
    JSON.stringify({ schemaVersion: 1, status: 'running', process: inSlurm, nodes }),
  );
  const { exitCode, stdout, stderr } = await sdx('status');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [title, ...lines] = table(stdout);
  expect(title).toMatch(/^Slurm, submitted .* UTC: 3 jobs: 1 done, 1 running, 1 submitted$/);
  expect(lines.slice(0, 5)).toEqual([
    '',
    'job | state | Slurm | stages | notes',
    'wave-2-2-of-2 | running | 7_1 | latents 2/2 | on n2; latents 128/600 images',
    'rest | submitted | 7_2 | all, results | waits for other jobs',
    '',
  ]);
  const json = JSON.parse((await sdx('status', ['--json'])).stdout) as Record<string, unknown>;
  expect(json).toMatchObject({
    experiment: 'tiny',
    submitted: [
      {
        folder,
        jobs: [
          { id: 'wave-2-1-of-2', status: 'done', shard: '1/2' },
          { status: 'running', slurmJob: '7_1', progress: 'latents 128/600 images' },
          { id: 'rest', status: 'submitted', stages: [], log: '/rest.log' },
        ],
      },
    ],
  });
});

test('status: why a job failed, and that what waited for it is gone', async () => {
  const list = await submitted({
    id: 'wave-2-2-of-2',
    status: 'failed',
    error: 'the disk is full\nsince noon',
  });
  await slurm.queue([`7_1|FAILED|None|n2|${list}`, `7_2|CANCELLED|None||${list}`]);
  expect(table((await sdx('status')).stdout).slice(3, 5)).toEqual([
    'wave-2-2-of-2 | failed | latents 2/2 | the disk is full',
    'rest | interrupted | 7_2 | all, results | ended: cancelled',
  ]);
});

test('status: where Slurm does not answer, the states are as the jobs wrote them', async () => {
  await submitted();
  await fakeCommand(dir, 'squeue', 'echo "squeue: error: Unable to contact slurm controller" >&2; exit 1');
  const { exitCode, stdout, stderr } = await sdx('status');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('warning: the queue is not known: squeue: Unable to contact slurm controller');
  expect(stdout).toMatch(/^wave-2-2-of-2 +running/m);
});

test('cancel: stops what waits and runs, and says which', async () => {
  const list = await submitted();
  await slurm.queue([`7_1|RUNNING|None|n2|${list}`, `7_2|PENDING|Dependency||${list}`]);
  expect(await sdx('cancel')).toEqual({
    exitCode: 0,
    stdout: 'cancelled 2 jobs: rest, wave-2-2-of-2\n',
    stderr: '',
  });
  expect(await slurm.calls()).toEqual(['scancel 7_1 7_2']);
  expect(JSON.parse((await sdx('cancel', ['--json'])).stdout)).toEqual({
    experiment: 'tiny',
    cancelled: ['rest', 'wave-2-2-of-2'],
  });
});

test('cancel: nothing waits or runs any more; never submitted; under another name', async () => {
  const list = await submitted();
  await slurm.queue([`7_1|COMPLETED|None|n2|${list}`]);
  expect(await sdx('cancel')).toMatchObject({
    exitCode: 0,
    stdout: 'nothing to cancel: no job of tiny waits or runs\n',
  });
  const { exitCode, stderr } = await sdx('cancel', ['name=other']);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/^error: other was not submitted to Slurm from .*\n {2}hint: give the --store/);
  expect(await slurm.calls()).toEqual([]);
});

test('a job notes how it ended; two that use up their time without progress are enough', async () => {
  const job = (id: string, reason?: unknown): Promise<Finished> =>
    sdx('run', ['--stage', 'dataset', '--job', jobStateFile(folder, id)], reason);
  const limit = new TimeLimitError();
  expect(await job('wave-1', limit)).toMatchObject({ exitCode: 130 });
  expect(await readJobState(folder, 'wave-1')).toMatchObject({ status: 'interrupted', stalledRuns: 1 });
  const { exitCode, stderr } = await job('wave-1', limit);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /no progress in 2 runs that used up the time limit.*\n {2}hint: .*--sbatch '--time=/,
  );
  expect(await readJobState(folder, 'wave-1')).toMatchObject({ status: 'failed', stalledRuns: 2 });
  await writeJobState(folder, { id: 'wave-1', status: 'submitted' });
  expect(await job('wave-1')).toMatchObject({ exitCode: 0 });
  expect(await readJobState(folder, 'wave-1')).toMatchObject({ status: 'done', exitCode: 0 });
});
