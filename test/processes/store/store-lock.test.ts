import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, utimesSync } from 'node:fs';
import { access, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beforeEach, describe, expect, test } from 'vitest';
import { acquireLock, readLock, thisProcess, type LockOwner } from '../../../src/store/lock.ts';
import { processPlace, visibility } from '../../../src/store/processes.ts';
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

test('a lock without a name from the future is taken over as well', async () => {
  await writeFile(file, '');
  const future = new Date(Date.now() + 86_400_000);
  await utimes(file, future, future);
  expect(await readLock(file)).toBe('stale');
  await (await acquireLock(file)).release();
});

test.runIf(process.platform === 'linux')('a zombie holds nothing', async () => {
  // The shell starts a process that ends soon, and becomes a program that does not ask for its end.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30']);
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line);
    const state = (): string | undefined =>
      /State:\s+(\w)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    while (state() !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
    const { host, since } = thisProcess();
    await writeFile(file, JSON.stringify({ pid, host, since }));
    expect(await readLock(file)).toBe('stale');
  } finally {
    parent.kill();
  }
});

describe.runIf(process.platform === 'linux')('processes of a host of our name that cannot be seen', () => {
  const own = processPlace()!;

  test('another container: waited for, and gone once it has been silent for long', async () => {
    await held({ pid: endedPid(), place: { ...own, namespace: 'pid:[1]' } });
    expect(await readLock(file)).toMatchObject({ place: { namespace: 'pid:[1]' } });
    const controller = new AbortController();
    const waiting = acquireLock(file, { pollMs: 5, signal: controller.signal });
    setTimeout(() => {
      controller.abort();
    }, 100);
    await expect(waiting).rejects.toThrow(InterruptedError);
    const lock = await acquireLock(file, { pollMs: 5, silentMs: 50 });
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  test('another container that touches its lock is waited for', async () => {
    await held({ pid: endedPid(), place: { ...own, namespace: 'pid:[1]' } });
    const touching = setInterval(() => {
      utimesSync(file, new Date(), new Date());
    }, 10);
    const controller = new AbortController();
    const waiting = acquireLock(file, { pollMs: 5, silentMs: 2000, signal: controller.signal });
    setTimeout(() => {
      controller.abort();
    }, 4000);
    await expect(waiting).rejects.toThrow(InterruptedError);
    clearInterval(touching);
  });

  test('the machine before it was started again: gone; another machine of the same name: not', () => {
    const namespace = 'pid:[4026531836]';
    const now = { boot: 'b', namespace, machine: 'm' };
    expect(visibility({ ...now, boot: 'a' }, now)).toBe('over');
    expect(visibility({ ...now, boot: 'a', machine: 'n' }, now)).toBe('hidden');
    expect(visibility({ ...now, boot: 'a', namespace: 'pid:[1]' }, now)).toBe('hidden');
    expect(visibility(now, now)).toBe('visible');
  });
});

test('a lock that another has taken over is not ours to remove', async () => {
  const lock = await acquireLock(file);
  await held({ pid: 1 });
  expect(await lock.isHeld()).toBe(false);
  await lock.release();
  await access(file);
});
