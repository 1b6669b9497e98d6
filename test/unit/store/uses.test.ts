// What a process says that it reads, and how it meets whoever removes artifacts.
import { chmod, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { acquireLock, thisProcess, type LockOwner } from '../../../src/store/lock.ts';
import { openStore, removalLockFile, type Store } from '../../../src/store/store.ts';
import { readUses } from '../../../src/store/uses.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const keys = ['ab'.repeat(16), 'cd'.repeat(16)];
let store: Store;
let folder: string;

beforeEach(async () => {
  store = openStore(temporary('store'));
  await store.prepare();
  folder = path.join(store.dir, 'uses');
});

test('a use names its process and its artifacts, until it is released', async () => {
  const use = await store.use(keys);
  const [found, ...more] = await readUses(folder);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ owner: { pid: process.pid, host: hostname() }, keys });
  await use.release();
  expect(await readUses(folder)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

const hidden: LockOwner['place'] = { boot: 'another', namespace: 'pid:[1]' };

test.each<[string, Partial<LockOwner>, number, boolean]>([
  ['of a process that has ended', { pid: 2 ** 22 + 1 }, 0, false],
  ['of another process under its number', { processStart: '1' }, 0, false],
  ['on another host', { host: 'elsewhere' }, 3600, true],
  ['in another container, touched', { place: hidden }, 60, true],
  ['in another container, silent', { place: hidden }, 3600, false],
  ['in another container, by a clock that is ahead', { place: hidden }, -3600, true],
])('a use %s', async (_, change, secondsAgo, counts) => {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'x.json');
  await writeFile(file, JSON.stringify({ owner: { ...thisProcess(), ...change }, keys }));
  const touched = new Date(Date.now() - secondsAgo * 1000);
  await utimes(file, touched, touched);
  expect(await readUses(folder)).toHaveLength(counts ? 1 : 0);
});

test('a use that cannot be read is not passed over', async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'x.json'), '{"owner"');
  await expect(readUses(folder)).rejects.toThrow('x.json is damaged');
});

test('a use begins when the removal under way is over', async () => {
  const gate = await acquireLock(removalLockFile(store.dir));
  let waited: number | undefined;
  let begun = false;
  const using = store.use(keys, { onWait: (owner) => (waited = owner?.pid), pollMs: 5 }).then((use) => {
    begun = true;
    return use;
  });
  await expect.poll(() => waited).toBe(process.pid);
  // Whoever removes looks for uses once it has the lock: this one is there already.
  expect(await readUses(folder)).toHaveLength(1);
  expect(begun).toBe(false);
  await gate.release();
  await (await using).release();
  expect(await readdir(path.join(store.dir, 'locks'))).toEqual([]);
});

test('stopped while it waits, it leaves nothing', async () => {
  const gate = await acquireLock(removalLockFile(store.dir));
  const controller = new AbortController();
  const using = store.use(keys, {
    signal: controller.signal,
    onWait: () => {
      controller.abort();
    },
  });
  await expect(using).rejects.toThrow('interrupted');
  expect(await readdir(folder)).toEqual([]);
  await gate.release();
});

test('a store that is not there, or can only be read, is read without a word', async () => {
  await (await openStore(temporary('absent')).use(keys)).release();
  expect(await readdir(temporary())).toEqual(['store']);
  await chmod(store.dir, 0o500);
  await (await store.use(keys)).release();
  await chmod(store.dir, 0o700);
});
