// What is safe from a loss of power the moment a function has returned, by the model of a disk that forgets all else.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomic } from '../../../src/files/atomic-file.ts';
import { exists } from '../../../src/files/exists.ts';
import { makeFolder } from '../../../src/files/make-folder.ts';
import { openStore } from '../../../src/store/store.ts';
import type { Disk } from '../../faults/disk-image.ts';
import { withRecorder } from '../../faults/recording-fs.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();

/** The folder that is left where power fails after `work`, which is given its folder, and nothing else is kept. */
async function leftAfter(work: (folder: string) => Promise<unknown>): Promise<string> {
  for (const name of ['disk', 'beside']) await mkdir(temporary(name));
  let last: Disk | undefined;
  const watch = (_: number, disk: Disk): void => {
    last = disk;
  };
  await withRecorder(temporary('disk'), temporary('beside'), watch, () => work(temporary('disk')));
  last!.lose(temporary('left'), () => 0);
  return temporary('left');
}

test('a plain write and a plain rename are not', async () => {
  const left = await leftAfter(async (folder) => {
    await writeFile(path.join(folder, 'a'), 'abc');
    await rename(path.join(folder, 'a'), path.join(folder, 'b'));
  });
  expect(await exists(path.join(left, 'a'))).toBe(false);
  expect(await exists(path.join(left, 'b'))).toBe(false);
});

test('a file that was written atomically, and the folders that were made for it', async () => {
  const left = await leftAfter(async (folder) => {
    await makeFolder(path.join(folder, 'a', 'b'));
    await writeFileAtomic(path.join(folder, 'a', 'b', 'c'), 'old');
    await writeFileAtomic(path.join(folder, 'a', 'b', 'c'), 'new');
  });
  expect(await readFile(path.join(left, 'a', 'b', 'c'), 'utf8')).toBe('new');
});

test('what a store has published, with the folders below it', async () => {
  const key = 'ab'.repeat(16);
  const left = await leftAfter(async (folder) => {
    const store = openStore(path.join(folder, 'store'));
    await store.prepare();
    const lock = await store.lock(key);
    const output = await store.outputDir(key);
    await mkdir(path.join(output, 'shards'));
    await writeFile(path.join(output, 'shards', '0.bin'), 'abc');
    const nothing = { params: {}, inputs: {}, summary: {}, stageVersion: 1, seconds: 0 };
    await store.publish(key, { kind: 'teacher', name: 'teacher', ...nothing });
    await lock.release();
  });
  expect(await openStore(path.join(left, 'store')).examine(key)).toMatchObject({
    damages: [],
    artifact: { key },
  });
});
