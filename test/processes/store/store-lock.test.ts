import { spawnSync } from 'node:child_process';
import { access, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beforeEach, expect, test } from 'vitest';
import { acquireLock, readLock, thisProcess, type LockOwner } from '../../../src/store/lock.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
let file: string;

beforeEach(() => {
  file = temporary('key.lock');
});

/** The number of a process that has ended. */
function endedPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

const held = (owner: Partial<LockOwner>): Promise<void> =>
  writeFile(file, JSON.stringify({ ...thisProcess(), ...owner }));

/** How many of `contenders` that start together hold the lock at once, at the most; each takes it once. */
async function mostInside(contenders: number): Promise<number> {
  let [inside, most] = [0, 0];
  await Promise.all(
    Array.from({ length: contenders }, async () => {
      const lock = await acquireLock(file, { pollMs: 1 });
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside--;
      await lock.release();
    }),
  );
  return most;
}

test('names its owner and is gone after release', async () => {
  const lock = await acquireLock(file);
  expect(await readLock(file)).toMatchObject({ pid: process.pid, host: hostname() });
  await lock.release();
  expect(await readLock(file)).toBe('free');
  expect(await readdir(temporary())).toEqual([]);
});

test('one at a time: the second says for whom it waits', async () => {
  const first = await acquireLock(file);
  const waited: (LockOwner | undefined)[] = [];
  let taken = false;
  const second = acquireLock(file, { pollMs: 5, onWait: (owner) => waited.push(owner) }).then((lock) => {
    taken = true;
    return lock;
  });
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(taken).toBe(false);
  expect(waited).toMatchObject([{ pid: process.pid, host: hostname() }]);
  await first.release();
  await (await second).release();
});

test('twenty at once: never two inside', async () => {
  expect(await mostInside(20)).toBe(1);
});

test('twenty at once at a lock that a killed process left: still never two inside', async () => {
  await held({ pid: endedPid() });
  expect(await mostInside(20)).toBe(1);
  expect(await readdir(temporary())).toEqual([]);
});

test('the process is gone: taken over', async () => {
  await held({ pid: endedPid() });
  expect(await readLock(file)).toBe('stale');
  await (await acquireLock(file)).release();
});

test.runIf(process.platform === 'linux')('another process has its number now: taken over', async () => {
  await held({ processStart: '1' });
  expect(await readLock(file)).toBe('stale');
});

test('the same number on another host says nothing: waits until stopped', async () => {
  await held({ pid: endedPid(), host: 'elsewhere' });
  expect(await readLock(file)).toMatchObject({ host: 'elsewhere' });
  const controller = new AbortController();
  const waiting = acquireLock(file, { pollMs: 5, signal: controller.signal });
  setTimeout(() => {
    controller.abort();
  }, 20);
  await expect(waiting).rejects.toThrow(InterruptedError);
  await access(file);
});

test('a lock without a name is given time, then taken over', async () => {
  await writeFile(file, '');
  expect(await readLock(file)).toBe('unknown');
  const past = new Date(Date.now() - 60_000);
  await utimes(file, past, past);
  expect(await readLock(file)).toBe('stale');
});
