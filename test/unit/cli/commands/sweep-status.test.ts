import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisProcess } from '../../../../src/store/lock.ts';
import { sweepStatus } from '../../../../src/cli/commands/sweep-status.ts';
import { writeJobState } from '../../../../src/jobs/job-state.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-status-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function status(json = false): Promise<string> {
  let out = '';
  const sink = { write: (text: string) => (out += text) };
  const io = { stdout: sink, stderr: sink, isTty: false, color: false, signal: new AbortController().signal };
  expect(await sweepStatus('small', { store: dir, json }, io)).toBe(0);
  return out;
}

async function launched(): Promise<void> {
  const folder = path.join(dir, 'sweeps', 'small');
  await mkdir(folder, { recursive: true });
  const record = {
    schemaVersion: 1,
    sweep: 'small',
    launcher: 'local',
    shared: ['shared-1'],
    cells: ['a', 'b', 'c'],
  };
  await writeFile(path.join(folder, 'sweep.json'), JSON.stringify(record));
  await writeJobState(folder, { id: 'shared-1', status: 'done' });
  await writeJobState(folder, { id: 'a', status: 'running', process: thisProcess() });
  await writeJobState(folder, { id: 'b', status: 'failed', error: 'the loss is not finite\nat step 3' });
  await mkdir(path.join(dir, 'runs'));
  const node = { status: 'running', progress: { done: 3, total: 9, unit: 'steps' } };
  const run = { schemaVersion: 1, status: 'running', process: thisProcess(), nodes: { 'distill:sd': node } };
  await writeFile(path.join(dir, 'runs', 'small-a.json'), JSON.stringify(run));
}

test('every job with its state, how far it is and why it failed', async () => {
  await launched();
  const lines = (await status()).split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
  expect(lines.slice(0, 7)).toEqual([
    'small: 3 cells: 1 running, 1 failed, 1 pending',
    '',
    'job | state | Slurm | notes',
    'shared-1 | done',
    'a | running | distill:sd 3/9 steps',
    'b | failed | the loss is not finite',
    'c | pending',
  ]);
  expect(JSON.parse(await status(true))).toMatchObject({ sweep: 'small', jobs: [{}, { id: 'a' }, {}, {}] });
});

test('a sweep that was never launched', async () => {
  await expect(status()).rejects.toMatchObject({
    code: 'input',
    hint: expect.stringContaining('sdx sweep') as string,
  });
});
