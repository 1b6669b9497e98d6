import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readManifest, type ArtifactDescription } from '../../../src/store/artifact-manifest.ts';
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
/** sha256 of "abc" (FIPS 180-2, appendix B.1) and of nothing. */
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
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
      'a.txt': { bytes: 3, sha256: abc },
      'shards/0.bin': { bytes: 0, sha256: nothing },
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
      [
        {
          file: 'a.txt',
          problem: 'changed',
          expected: abc,
          found: 'a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9',
        },
      ],
    ],
    [
      'a cut file',
      (at: string) => truncate(path.join(at, 'a.txt'), 1),
      [
        {
          file: 'a.txt',
          problem: 'changed',
          expected: abc,
          found: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
        },
      ],
    ],
    [
      'a lost file',
      (at: string) => rm(path.join(at, 'shards/0.bin')),
      [{ file: 'shards/0.bin', problem: 'missing', expected: nothing }],
    ],
    ['a new file', (at: string) => writeFile(path.join(at, 'b'), ''), [{ file: 'b', problem: 'unexpected' }]],
  ])('finds %s', async (_, change, expected) => {
    const artifact = await publish();
    await change(artifact.dir);
    expect(await store.verify(artifact)).toEqual(expected);
  });
});

describe('examine', () => {
  const manifestOf = (dir: string): string => path.join(dir, 'artifact.json');
  /** The manifest as earlier versions wrote it. */
  const version1 = async (dir: string): Promise<object> => {
    const sealed = JSON.parse(await readFile(manifestOf(dir), 'utf8')) as object;
    return Object.fromEntries(
      Object.entries({ ...sealed, schemaVersion: 1 }).filter(([name]) => name !== 'checksum'),
    );
  };

  test('every changed bit of the manifest is found', async () => {
    const { dir } = await publish();
    const bytes = await readFile(manifestOf(dir));
    expect(readManifest(bytes.toString(), key).manifest).toBeDefined();
    for (let at = 0; at < 8 * bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at >> 3]! ^= 1 << (at & 7);
      expect(readManifest(flipped.toString(), key), `bit ${at}`).not.toHaveProperty('manifest');
    }
    await truncate(manifestOf(dir), bytes.length - 1);
    expect((await store.examine(key))?.damages).toMatchObject([
      { file: 'artifact.json', problem: 'changed' },
    ]);
    expect(await store.find(key)).toBeUndefined();
  });

  test('a digit of the summary: both digests are told', async () => {
    const { dir } = await publish();
    const text = await readFile(manifestOf(dir), 'utf8');
    await writeFile(manifestOf(dir), text.replace('0.5', '0.6'));
    const [damage] = (await store.examine(key))!.damages;
    expect(damage!.expected).toBe((JSON.parse(text) as { checksum: string }).checksum);
    expect(damage!.found).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a manifest without a checksum, of version 1, is taken as it is; its files are checked', async () => {
    const { dir } = await publish();
    await writeFile(manifestOf(dir), JSON.stringify(await version1(dir)));
    expect((await openStore(store.dir).examine(key))?.damages).toEqual([]);
    await writeFile(path.join(dir, 'a.txt'), 'abd');
    expect((await openStore(store.dir).examine(key))?.damages).toMatchObject([{ file: 'a.txt' }]);
  });

  test.each([
    ['null as summary', { summary: null }],
    ['a foreign member', { checksun: 'ab' }],
    ['version 2', { schemaVersion: 2 }],
    ['another key', { key: 'cd'.repeat(16) }],
  ])('one without a checksum, but with %s, is damaged', async (_, change) => {
    const { dir } = await publish();
    await writeFile(manifestOf(dir), JSON.stringify({ ...(await version1(dir)), ...change }));
    expect((await openStore(store.dir).examine(key))?.damages).toMatchObject([{ file: 'artifact.json' }]);
  });

  test('a change after the first look is found by size and time', async () => {
    const { dir } = await publish();
    expect((await store.examine(key))?.damages).toEqual([]);
    await writeFile(path.join(dir, 'a.txt'), 'abd');
    expect((await store.examine(key))?.damages).toMatchObject([{ file: 'a.txt', problem: 'changed' }]);
  });

  test('what is put aside is kept under damaged/ and is no longer there', async () => {
    await publish();
    expect(await store.putAside(key)).toBe(path.join(store.dir, 'damaged', `${key}-1`));
    expect(await store.examine(key)).toBeUndefined();
    await publish();
    expect(await store.putAside(key)).toBe(path.join(store.dir, 'damaged', `${key}-2`));
    expect(await readdir(path.join(store.dir, 'damaged', `${key}-1`))).toContain('a.txt');
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
