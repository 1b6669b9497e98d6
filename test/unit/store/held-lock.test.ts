// Whoever holds a lock, or has said what it reads, shows now and then that it is still there.
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { acquireLock } from '../../../src/store/lock.ts';
import { announceUse } from '../../../src/store/uses.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const past = new Date(Date.now() - 3_600_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether `file`, touched an hour ago, is touched within `ms`. */
async function isTouchedWithin(file: string, ms: number): Promise<boolean> {
  await utimes(file, past, past);
  vi.advanceTimersByTime(ms);
  // The touch itself is on its way.
  for (let look = 0; look < 20; look++) {
    if ((await stat(file)).mtimeMs > past.getTime() + 1000) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

test('an owner touches its lock every 20 s', async () => {
  const lock = await acquireLock(temporary('lock'));
  expect(await isTouchedWithin(temporary('lock'), 19_999)).toBe(false);
  expect(await isTouchedWithin(temporary('lock'), 1)).toBe(true);
  expect(await isTouchedWithin(temporary('lock'), 20_000)).toBe(true);
  await lock.release();
  const next = await acquireLock(temporary('lock'));
  expect(vi.getTimerCount()).toBe(1);
  await next.release();
  expect(vi.getTimerCount()).toBe(0);
});

test('and so does one that has said what it reads', async () => {
  await mkdir(temporary('uses'));
  const use = await announceUse(temporary('uses'), []);
  const [name] = await readdir(temporary('uses'));
  expect(await isTouchedWithin(temporary('uses', name!), 19_999)).toBe(false);
  expect(await isTouchedWithin(temporary('uses', name!), 1)).toBe(true);
  await use.release();
});
