import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ArtifactDescription } from '../../../src/store/artifact-manifest.ts';
import { openStore, type Store, type StoredArtifact } from '../../../src/store/store.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const key = 'ab'.repeat(16);
const description: ArtifactDescription = {
  kind: 'teacher',
  name: 'teacher',
  stageVersion: 1,
  params: { steps: 3 },
  inputs: { latents: 'cd'.repeat(16) },
  summary: { finalLoss: 0.5 },
  seconds: 1.5,
};
const temporary = folderPerTest();
let store: Store;

beforeEach(async () => {
  store = openStore(temporary('store'));
  await store.prepare();
});

async function publish(): Promise<StoredArtifact> {
  const lock = await store.lock(key);
  const output = await store.outputDir(key);
  await mkdir(path.join(output, 'shards'));
  await writeFile(path.join(output, 'a.txt'), 'abc');
  await writeFile(path.join(output, 'shards', '0.bin'), '');
  await writeFile(path.join(await store.workDir(key), 'checkpoint'), 'x');
  const artifact = await store.publish(key, description);
  await lock.release();
  return artifact;
}

test('publishes files with their checksums, finds them again, and removes the checkpoints', async () => {
  const published = await publish();
  const found = await openStore(store.dir).find(key);
  expect(found).toEqual(published);
  expect(found?.summary).toEqual({ finalLoss: 0.5 });
  expect(found?.manifest).toMatchObject({
    ...description,
    key,
    files: {
      // sha256 of "abc" (FIPS 180-2, appendix B.1) and of nothing
      'a.txt': { bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
      'shards/0.bin': {
        bytes: 0,
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
    },
  });
  expect(await readFile(path.join(found!.dir, 'a.txt'), 'utf8')).toBe('abc');
  expect(await readdir(path.join(store.dir, 'work'))).toEqual([]);
  expect(await readdir(path.join(store.dir, 'tmp'))).toEqual([]);
});

test('what is not published is not there', async () => {
  expect(await store.find(key)).toBeUndefined();
  await writeFile(path.join(await store.outputDir(key), 'a.txt'), 'half');
  expect(await store.find(key)).toBeUndefined();
  await mkdir(path.join(store.dir, 'artifacts', key));
  expect(await store.find(key)).toBeUndefined();
  await writeFile(path.join(store.dir, 'artifacts', key, 'artifact.json'), '{"schemaVersion":1');
  expect(await store.find(key)).toBeUndefined();
  expect((await publish()).key).toBe(key);
});

test('looking at a store that does not exist makes nothing', async () => {
  const absent = openStore(temporary('absent'));
  expect(await absent.find(key)).toBeUndefined();
  expect(await absent.lockOwner(key)).toBeUndefined();
  expect(await absent.freeBytes()).toBeGreaterThan(0);
  expect(await readdir(temporary())).toEqual(['store']);
});

describe('verify', () => {
  test.each([
    ['nothing', () => Promise.resolve(), []],
    [
      'a changed byte',
      (at: string) => writeFile(path.join(at, 'a.txt'), 'abd'),
      [{ file: 'a.txt', problem: 'changed' }],
    ],
    [
      'a cut file',
      (at: string) => truncate(path.join(at, 'a.txt'), 1),
      [{ file: 'a.txt', problem: 'changed' }],
    ],
    [
      'a lost file',
      (at: string) => rm(path.join(at, 'shards/0.bin')),
      [{ file: 'shards/0.bin', problem: 'missing' }],
    ],
    ['a new file', (at: string) => writeFile(path.join(at, 'b'), ''), [{ file: 'b', problem: 'unexpected' }]],
  ])('finds %s', async (_, change, expected) => {
    const artifact = await publish();
    await change(artifact.dir);
    expect(await store.verify(artifact)).toEqual(expected);
  });
});

test('a lock clears what a killed run was writing, and keeps its checkpoints', async () => {
  await writeFile(path.join(await store.outputDir(key), 'half'), '');
  await writeFile(path.join(await store.workDir(key), 'checkpoint'), '7');
  await (await store.lock(key)).release();
  expect(await readdir(path.join(store.dir, 'tmp'))).toEqual([]);
  expect(await readFile(path.join(store.dir, 'work', key, 'checkpoint'), 'utf8')).toBe('7');
});

test('checkpoints of a run killed right after publishing are removed with the next preparation', async () => {
  await publish();
  await writeFile(path.join(await store.workDir(key), 'checkpoint'), '7');
  await store.prepare();
  expect(await readdir(path.join(store.dir, 'work'))).toEqual([]);
});

test('removes an artifact', async () => {
  await publish();
  await store.remove(key);
  await store.remove(key);
  expect(await store.find(key)).toBeUndefined();
});

test('refuses links: they are not contents', async () => {
  await symlink('/etc/hostname', path.join(await store.outputDir(key), 'link'));
  await expect(store.publish(key, description)).rejects.toThrow(/not a regular file/);
  expect(await store.find(key)).toBeUndefined();
});

test('an unwritable place is a user error with the path and a way out', async () => {
  await writeFile(temporary('file'), '');
  await expect(openStore(temporary('file/store')).prepare()).rejects.toMatchObject({
    name: 'UserError',
    code: 'input',
    message: expect.stringContaining(temporary('file')) as string,
    hint: expect.stringContaining('--store') as string,
  });
});
