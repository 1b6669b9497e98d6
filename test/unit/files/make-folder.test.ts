import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../../../src/files/make-folder.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const inFolder = folderPerTest();

test('makes what is missing, and leaves what is there', async () => {
  const folder = inFolder('a', 'b', 'c');
  await makeFolder(folder);
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});

test('a file in the way is refused', async () => {
  const file = inFolder('file');
  await writeFile(file, '');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(path.join(file, 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(existsSync('/proc/self'))('ends where no folder can be made at all', async () => {
  await expect(makeFolder('/proc/foo/bar')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('many at once make the same folders', async () => {
  for (let round = 0; round < 20; round++) {
    const folders = Array.from({ length: 12 }, (_, i) =>
      inFolder(`round${round}`, 'store', ['a', 'b', 'c'][i % 3]!),
    );
    await Promise.all(folders.map((folder) => makeFolder(folder)));
    for (const folder of folders) expect((await stat(folder)).isDirectory()).toBe(true);
  }
});
