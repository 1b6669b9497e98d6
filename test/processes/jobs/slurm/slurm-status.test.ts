// States of jobs from files and queue, for a sweep of a thousand cells as for one; squeue is a script that prints a file.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JobState } from '../../../../src/jobs/job-state.ts';
import { batchFiles, listText, writeBatch } from '../../../../src/jobs/slurm/slurm-files.ts';
import { parseQueue, type QueuedJob } from '../../../../src/jobs/slurm/slurm-queue.ts';
import { currentState, readCurrentStates } from '../../../../src/jobs/slurm/slurm-status.ts';
import { fakeCommand } from '../../../support/slurm/fake-slurm.ts';

const inSlurm = { pid: 1, host: 'elsewhere', since: '', slurm: { job: '7', restarts: 0 } };
const running: JobState = { id: 'a', status: 'running', process: inSlurm };
const submitted: JobState = { id: 'a', status: 'submitted' };
const done: JobState = { id: 'a', status: 'done' };
const job = (state: string, reason = ''): QueuedJob => ({
  id: 'a',
  slurmJob: '7_0',
  state,
  reason,
  node: 'n1',
});

test.each<[string, JobState, QueuedJob | undefined, object]>([
  ['waits', submitted, job('PENDING', 'Dependency'), { status: 'submitted', note: 'waits for other jobs' }],
  [
    'requeued',
    running,
    job('PENDING', 'BeginTime'),
    { status: 'submitted', note: 'requeued, starts in a moment' },
  ],
  ['started, file not yet written', submitted, job('RUNNING'), { status: 'running', note: 'on n1' }],
  ['runs', running, job('RUNNING'), { status: 'running', note: 'on n1', slurmJob: '7_0' }],
  ['done, Slurm still tidies up', done, job('COMPLETING'), { status: 'done' }],
  ['done long ago', done, undefined, { status: 'done' }],
  [
    'cancelled before it started',
    submitted,
    job('CANCELLED'),
    { status: 'interrupted', note: 'ended: cancelled' },
  ],
  ['killed by the time limit', running, job('TIMEOUT'), { status: 'interrupted', note: 'ended: timeout' }],
  ['lost', running, undefined, { status: 'interrupted', note: 'no longer in the queue' }],
  ['submitted again after a failure', { id: 'a', status: 'failed' }, job('PENDING'), { status: 'submitted' }],
  [
    'runs on this machine',
    { ...running, process: { pid: 1, host: 'x', since: '' } },
    undefined,
    { status: 'running' },
  ],
])('%s', (_, state, queued, expected) => {
  expect(currentState(state, queued)).toMatchObject(expected);
});

const lists = new Map([
  ['/s/slurm/0001-cells.list', ['a', 'b']],
  ['/s/slurm/0002|odd.list', ['b']],
]);

test('tasks are told apart by list and number; jobs of others are none of ours', () => {
  const text = [
    '7_0|RUNNING|None|n1|/s/slurm/0001-cells.list',
    '7_1|PENDING|Resources||/s/slurm/0001-cells.list',
    '8_0|RUNNING|None|n1|/other/slurm/0001-cells.list',
    '9_0|RUNNING|None|n1|(null)',
    '',
  ].join('\n');
  expect([...parseQueue(text, lists).values()]).toEqual([
    { id: 'a', slurmJob: '7_0', state: 'RUNNING', reason: '', node: 'n1' },
    { id: 'b', slurmJob: '7_1', state: 'PENDING', reason: 'Resources', node: '' },
  ]);
});

test('tasks cancelled before they started share one line without numbers', () => {
  const many = new Map([['/s/l', ['a', 'b', 'c']]]);
  const text = '7|CANCELLED|None||/s/l\n7_1|RUNNING|None|n1|/s/l\n6_2|FAILED|None|n1|/s/l\n';
  const states = [...parseQueue(text, many).values()].map(({ id, state }) => `${id} ${state}`);
  expect(states.sort()).toEqual(['a CANCELLED', 'b RUNNING', 'c CANCELLED']);
});

test('of several jobs of one cell, the one in the queue counts, then the newest', () => {
  const line = (number: number, state: string): string => `${number}_0|${state}|None||/s/slurm/0002|odd.list`;
  const newest = (...lines: string[]): string | undefined =>
    parseQueue(lines.join('\n'), lists).get('b')?.slurmJob;
  expect(newest(line(9, 'CANCELLED'), line(10, 'FAILED'))).toBe('10_0');
  expect(newest(line(10, 'FAILED'), line(9, 'CANCELLED'))).toBe('10_0');
  expect(newest(line(9, 'RUNNING'), line(10, 'CANCELLED'))).toBe('9_0');
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-status-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** squeue, as far as a call goes: a shell script that prints `lines`, or fails. */
async function fakeSqueue(lines: readonly string[] | undefined): Promise<void> {
  const queue = path.join(folder, 'queue');
  await writeFile(queue, (lines ?? []).join('\n'));
  const refuses = 'echo "squeue: error: Unable to contact slurm controller" >&2; exit 1';
  await fakeCommand(folder, 'squeue', lines ? `exec cat '${queue}'` : refuses);
}

async function manyCells(count: number): Promise<{ ids: string[]; queue: string[] }> {
  const ids = Array.from({ length: count }, (_, i) => `wg1-sp0-fr1-seed${i}`);
  const files = batchFiles(folder, 1, 'cells');
  await writeBatch(files, listText(ids.map((id) => ({ id, command: `node sdx cell ${folder} ${id}` }))), '');
  await mkdir(path.join(folder, 'jobs'));
  for (const [i, id] of ids.entries()) {
    const state: JobState = i < count / 2 ? { id, status: 'done', exitCode: 0 } : { ...running, id };
    await writeFile(path.join(folder, 'jobs', `${id}.json`), JSON.stringify(state));
  }
  const queue = ids.map((_, i) => {
    const phase =
      i < count / 2 ? 'COMPLETED|None|n1' : i < (count * 3) / 4 ? 'RUNNING|None|n2' : 'PENDING|Priority|';
    return `12_${i}|${phase}|${files.list}`;
  });
  return { ids, queue };
}

test('1,000 cells', async () => {
  const { ids, queue } = await manyCells(1000);
  await fakeSqueue(queue);
  const { states } = await readCurrentStates(folder, ids);
  const count = (status: string): number => states.filter((state) => state.status === status).length;
  expect([count('done'), count('running'), count('submitted')]).toEqual([500, 250, 250]);
});

test('where Slurm does not answer, the states are as the jobs wrote them, and the reader is told', async () => {
  const { ids } = await manyCells(4);
  await fakeSqueue(undefined);
  const { states, queueProblem } = await readCurrentStates(folder, ids);
  expect(queueProblem).toContain('Unable to contact slurm controller');
  expect(states.map(({ status }) => status)).toEqual(['done', 'done', 'running', 'running']);
});

test('a sweep that never saw Slurm asks nobody', async () => {
  vi.stubEnv('PATH', '');
  expect(await readCurrentStates(folder, ['a'])).toEqual({ states: [{ id: 'a', status: 'pending' }] });
});
