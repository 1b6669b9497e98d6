// Preflight: each kind says exactly what is missing, and nothing where all is there.
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../../src/datasets/check-dataset.ts';
import type { DatasetConfig } from '../../../src/datasets/open-dataset.ts';
import { publishedDatasets } from '../../../src/datasets/published.ts';
import * as small from '../../fixtures/small-datasets.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();
const common = { size: 16, filter: 'bicubic', alpha: 'drop', maxCorrupt: 0 } as const;

type Kind = Extract<DatasetConfig, { path: string }>['kind'];

/** Writes a small data set of the kind and returns its configuration. */
const writers: Record<Kind, () => Promise<DatasetConfig>> = {
  folder: async () => {
    await small.writeFaces(temporary('set'), 4);
    return { kind: 'folder', path: temporary('set'), published: 'ffhq', ...common };
  },
  zip: async () => {
    await small.writeFacesZip(temporary('set'), 4);
    return { kind: 'zip', path: temporary('set'), published: 'celebahq', ...common };
  },
  'lsun-lmdb': async () => {
    await small.copyLsun(temporary('set'));
    return { kind: 'lsun-lmdb', path: temporary('set'), published: 'lsun-church', ...common };
  },
  imagenet: async () => {
    await small.writeImagenetTrain(temporary('set'), 2);
    return { kind: 'imagenet', path: temporary('set'), published: 'imagenet', ...common };
  },
  webdataset: async () => {
    await small.writeShards(temporary('set'), 2, 1);
    return { kind: 'webdataset', path: temporary('set'), captions: true, published: 'laion-400m', ...common };
  },
  coco: async () => {
    const { images, annotations } = await small.writeCoco(temporary('set'), 3);
    return { kind: 'coco', path: images, annotations, published: 'coco-val2014', ...common };
  },
};
const kinds = Object.keys(writers) as Kind[];

describe('checkDataset', () => {
  it.each(kinds)('%s: all there', async (kind) => {
    expect(await checkDataset(await writers[kind](), { counts: false })).toEqual([]);
  });

  it.each(kinds)('%s: nothing there', async (kind) => {
    const config = await writers[kind]();
    await rm(temporary('set'), { recursive: true });
    const [missing, ...more] = await checkDataset(config);
    expect(more).toEqual([]);
    expect(missing!.problem).toContain(temporary('set'));
    expect(missing!.key).toBe(kind === 'coco' ? 'dataset.annotations' : 'dataset.path');
    const published = publishedDatasets[(config as { published: keyof typeof publishedDatasets }).published];
    for (const part of [published.homepage, published.licence, published.disk])
      expect(missing!.remedy).toContain(part);
  });

  it.each<[Kind, string[]]>([
    ['folder', ['4 images of 70,000']],
    ['zip', ['4 images of 30,000']],
    ['lsun-lmdb', ['12 images of 126,227']],
    ['imagenet', ['6 images of 1,281,167', '3 classes of 1,000']],
    ['webdataset', []],
    ['coco', ['3 images of 40,504']],
  ])('%s: fewer than were published', async (kind, problems) => {
    const found = await checkDataset(await writers[kind]());
    expect(found.map(({ problem }) => problem)).toEqual(
      problems.map((text) => expect.stringContaining(text) as string),
    );
  });

  it.each<[string, Kind, () => Promise<unknown>, RegExp]>([
    [
      'a folder without images',
      'folder',
      () => writeFile(temporary('set', 'a.txt'), ''),
      /no png, jpg or webp/,
    ],
    ['a folder instead of a zip file', 'zip', () => Promise.resolve(), /is not a file/],
    ['a folder without data.mdb', 'lsun-lmdb', () => Promise.resolve(), /no data\.mdb/],
    [
      'an empty data.mdb',
      'lsun-lmdb',
      () => writeFile(temporary('set', 'data.mdb'), ''),
      /too few for an LMDB/,
    ],
    ['no synset folders', 'imagenet', () => mkdir(temporary('set', 'train')), /no synset folders/],
    ['no shards', 'webdataset', () => Promise.resolve(), /no \.tar files/],
  ])('%s', async (_name, kind, change, problem) => {
    const config = await writers[kind]();
    await rm(temporary('set'), { recursive: true });
    await mkdir(temporary('set'));
    await change();
    expect((await checkDataset(config))[0]!.problem).toMatch(problem);
  });

  it('wants the kind that reads the published form', async () => {
    const config = { ...(await writers.zip()), published: 'lsun-bedroom' } as DatasetConfig;
    expect(await checkDataset(config)).toEqual([
      expect.objectContaining({
        key: 'dataset.kind',
        problem: expect.stringContaining('read as lsun-lmdb, not as zip') as string,
      }),
    ]);
  });

  it('allows absent COCO images up to maxCorrupt, and checks labels of flat ImageNet folders', async () => {
    const coco = (await writers.coco()) as Extract<DatasetConfig, { kind: 'coco' }>;
    await rm(path.join(coco.path, 'COCO_val2014_000000001000.jpg'));
    expect((await checkDataset(coco, { counts: false }))[0]!.problem).toMatch(/1 of the 3 images/);
    expect(await checkDataset({ ...coco, maxCorrupt: 1 }, { counts: false })).toEqual([]);
    await small.writeImagenetVal(temporary('val'), 3);
    const val = {
      kind: 'imagenet',
      path: temporary('val'),
      groundTruth: temporary('labels'),
      ...common,
    } as const;
    expect((await checkDataset(val))[0]).toMatchObject({ key: 'dataset.groundTruth' });
    await writeFile(temporary('labels'), 'n01440764\n');
    expect((await checkDataset(val))[0]!.problem).toMatch(/1 labels for 3 images/);
  });

  it('knows the published sets that the schema knows', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../../schemas/experiment.schema.json', import.meta.url), 'utf8'),
    ) as { definitions: { publishedName: { enum: string[] } } };
    expect(schema.definitions.publishedName.enum).toEqual(Object.keys(publishedDatasets));
  });

  it('has nothing to ask of the emoji', async () => {
    expect(await checkDataset({ kind: 'emoji', size: 32, filter: 'bicubic', skinTones: false })).toEqual([]);
  });
});
