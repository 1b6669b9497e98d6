// Locks of jobs of Slurm whose node was lost: nobody on another host can see that their process is gone.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { acquireLock, readLock } from '../../../../src/store/lock.ts';
import { releaseLocksOfEndedJobs } from '../../../../src/jobs/slurm/slurm-locks.ts';
import { fakeCommand } from '../../../support/slurm/fake-slurm.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-locks-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

/** A lock of a process on another host; without `job` not one of Slurm's. */
async function foreignLock(name: string, job?: string, restarts = 0): Promise<string> {
  const file = path.join(dir, name);
  const slurm = job === undefined ? {} : { slurm: { job, restarts } };
  await writeFile(file, JSON.stringify({ pid: 1, host: 'lost-node', since: '', ...slurm }));
  return file;
}

test('a requeued job takes over the lock of its earlier run, on whatever host that was', async () => {
  const file = await foreignLock('a.lock', '12', 0);
  expect(await readLock(file)).toMatchObject({ host: 'lost-node' });
  vi.stubEnv('SLURM_JOB_ID', '12');
  vi.stubEnv('SLURM_RESTART_COUNT', '1');
  expect(await readLock(file)).toBe('stale');
  const lock = await acquireLock(file);
  expect(await readLock(file)).toMatchObject({ slurm: { job: '12', restarts: 1 } });
  await lock.release();
});

test('the lock of another job, or of this run itself, stays', async () => {
  vi.stubEnv('SLURM_JOB_ID', '12');
  vi.stubEnv('SLURM_RESTART_COUNT', '1');
  expect(await readLock(await foreignLock('b.lock', '13'))).toMatchObject({ host: 'lost-node' });
  expect(await readLock(await foreignLock('c.lock', '12', 1))).toMatchObject({ host: 'lost-node' });
});

test('before a submission, locks of jobs that Slurm no longer has are removed, and only those', async () => {
  await fakeCommand(dir, 'squeue', 'echo 12');
  await foreignLock('queued.lock', '12');
  await foreignLock('ended.lock', '7');
  await foreignLock('not-slurm.lock');
  await releaseLocksOfEndedJobs([dir, path.join(dir, 'missing')]);
  expect((await readdir(dir)).sort()).toEqual(['bin', 'not-slurm.lock', 'queued.lock']);
});
