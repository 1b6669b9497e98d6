// A disk that fills up at each point of publishing: nothing half-written is ever visible.
import type * as fs from 'node:fs/promises';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openStore, type Store } from '../../../src/store/store.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const full = vi.hoisted(() => ({ call: '' }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const failing = (name: 'writeFile' | 'rename' | 'open') =>
    ((...args: never[]) => {
      if (full.call === name)
        return Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }));
      return (real[name] as (...args: never[]) => unknown)(...args);
    }) as never;
  return { ...real, writeFile: failing('writeFile'), rename: failing('rename'), open: failing('open') };
});

const key = 'ab'.repeat(16);
const temporary = folderPerTest();
let store: Store;

beforeEach(async () => {
  store = openStore(temporary('store'));
  await store.prepare();
});
afterEach(() => {
  full.call = '';
});

test.each(['writeFile', 'open', 'rename'])(
  'full at %s: a user error, no artifact, checkpoints kept',
  async (call) => {
    await writeFile(path.join(await store.outputDir(key), 'weights'), 'x');
    await writeFile(path.join(await store.workDir(key), 'checkpoint'), '7');
    full.call = call;
    const description = {
      kind: 'teacher',
      name: 'teacher',
      stageVersion: 1,
      params: {},
      inputs: {},
      summary: {},
      seconds: 1,
    };
    await expect(store.publish(key, description)).rejects.toMatchObject({
      name: 'UserError',
      code: 'input',
      message: expect.stringContaining('the disk is full') as string,
    });
    full.call = '';
    expect(await store.find(key)).toBeUndefined();
    expect(await readdir(path.join(store.dir, 'artifacts'))).toEqual([]);
    expect(await readdir(path.join(store.dir, 'work', key))).toEqual(['checkpoint']);
    expect((await store.publish(key, description)).key).toBe(key);
  },
);

test('full before anything runs: the store is refused', async () => {
  full.call = 'writeFile';
  await expect(store.prepare()).rejects.toMatchObject({ code: 'input', where: { file: store.dir } });
});
