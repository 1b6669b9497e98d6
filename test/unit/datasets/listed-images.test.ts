// Lists of images: which are taken, what is missing, and that the list is part of the digest.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkDataset, glanceImages } from '../../../src/datasets/check-dataset.ts';
import { datasetDigest, openDataset } from '../../../src/datasets/open-dataset.ts';
import type { FolderConfig } from '../../../src/datasets/sources/folder.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const names = ['00000/00000.png', '00000/00001.png', '01000/01000.png', '01000/01001.png'];
let config: FolderConfig;

beforeEach(async () => {
  for (const [index, name] of names.entries()) {
    const file = temporary('ffhq', name);
    await mkdir(path.dirname(file), { recursive: true });
    const background = { r: 50 * index, g: 0, b: 0 };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(file);
  }
  config = {
    kind: 'folder',
    path: temporary('ffhq'),
    labels: 'none',
    ...{ size: 8, filter: 'bicubic', alpha: 'drop', maxCorrupt: 0 },
  };
});

async function listing(...lines: string[]): Promise<FolderConfig> {
  const list = temporary('list.txt');
  await writeFile(list, `${lines.join('\n')}\n`);
  return { ...config, list };
}

const taken = async (of: FolderConfig) => {
  const dataset = await openDataset(of);
  return Array.from({ length: dataset.count }, (_, index) => dataset.name(index));
};

describe('dataset.list', () => {
  it('takes the images it names, in the order of the source, whatever folders and extensions it has', async () => {
    const some = await listing('01001.png', '', 'data/ffhq/00001.npy', '01001.png');
    expect(await taken(some)).toEqual([names[1], names[3]]);
    const dataset = await openDataset(some);
    expect([...(await dataset.read(1)).subarray(0, 3)]).toEqual([150, 0, 0]);
    expect(await taken(config)).toEqual(names);
  });

  it('tells names by their folders where they come twice without', async () => {
    await mkdir(temporary('ffhq', '02000'));
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'white' } })
      .png()
      .toFile(temporary('ffhq', '02000', '00001.png'));
    expect(await taken(await listing('02000/00001.jpg', '00000/00000'))).toEqual([
      names[0],
      '02000/00001.png',
    ]);
  });

  it('counts names without an image as corrupt', async () => {
    const some = await listing('00000.png', '69999.png');
    await expect(openDataset(some)).rejects.toThrow(/69999\.png: named by .*list\.txt, but not there/);
    expect(await taken({ ...some, maxCorrupt: 1 })).toEqual([names[0]]);
    await expect(openDataset(await listing('other.png'))).rejects.toThrow(
      /none of the 1 names of .*list\.txt is among the images/,
    );
  });

  it('is in the digest with its contents, not its place; without one the digest is as it was', async () => {
    const digests = new Set<string>();
    for (const lines of [['00000.png'], ['00001.png']]) {
      const some = await listing(...lines);
      digests.add(await datasetDigest(some));
      expect((await openDataset(some)).digest).toBe(await datasetDigest(some));
    }
    digests.add(await datasetDigest(config));
    expect(digests.size).toBe(3);
    const here = await listing('00000.png');
    const elsewhere = { ...here, list: temporary('elsewhere.txt') };
    await writeFile(elsewhere.list, '00000.png\n');
    expect(await datasetDigest(elsewhere)).toBe(await datasetDigest(here));
  });

  it('is looked for before a run, and counted', async () => {
    expect(await glanceImages(await listing('00000.png', '00001.png'))).toBe(2);
    const [missing] = await checkDataset({ ...config, list: temporary('nowhere.txt') });
    expect(missing).toMatchObject({ key: 'dataset.list' });
    expect(missing!.problem).toMatch(/cannot read the list of images .*nowhere\.txt/);
  });
});
