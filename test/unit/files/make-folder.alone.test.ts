import { existsSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { makeFolder } from '../../../src/files/make-folder.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

vi.mock('node:fs/promises', { spy: true });

const real = await vi.importActual<typeof fs>('node:fs/promises');
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

test('makes a folder whose parent another process makes meanwhile', async () => {
  const folder = inFolder('theirs', 'mine');
  // Just after this process was told that the parent is not there, it is.
  vi.mocked(mkdir).mockImplementationOnce(async () => {
    const refused = await real.mkdir(folder).catch((error: unknown) => error);
    await real.mkdir(path.dirname(folder));
    throw refused as Error;
  });
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});
