// COCO: order, captions, absent images, malformed files.
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CocoConfig } from '../../../../../src/datasets/sources/coco/source.ts';
import { readCocoCaptions } from '../../../../../src/datasets/sources/coco/coco-captions.ts';
import { openDataset } from '../../../../../src/datasets/open-dataset.ts';
import { firstEmoji, writeCoco } from '../../../../fixtures/small-datasets.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();

async function small(count: number): Promise<CocoConfig> {
  const { images, annotations } = await writeCoco(temporary('coco'), count);
  return {
    kind: 'coco',
    path: images,
    annotations,
    size: 16,
    filter: 'bicubic',
    alpha: 'drop',
    maxCorrupt: 0,
  };
}

describe('coco data set', () => {
  it('orders images by id and takes the first caption of each, trimmed', async () => {
    const dataset = await openDataset(await small(3));
    const names = firstEmoji(3).map(({ caption }) => caption);
    expect([0, 1, 2].map((i) => dataset.name(i))).toEqual(
      ['986', '993', '1000'].map((id) => `COCO_val2014_${id.padStart(12, '0')}.jpg`),
    );
    expect(dataset.caption!(0)).toBe(`A picture of a ${names[2]!}.`);
    expect((await readCocoCaptions((await small(3)).annotations))[0]!.captions[1]).toBe(
      `A drawing that shows a ${names[2]!}.`,
    );
  });

  it('keeps all captions of each image where they are asked for, which is another data set', async () => {
    const config = await small(3);
    const [first, all] = [await openDataset(config), await openDataset({ ...config, captions: 'all' })];
    const name = firstEmoji(3)[2]!.caption;
    expect(first.captions).toBeUndefined();
    expect(all.captions!(0)).toEqual([`A picture of a ${name}.`, `A drawing that shows a ${name}.`]);
    expect([0, 1, 2].map((i) => all.caption!(i))).toEqual([0, 1, 2].map((i) => first.caption!(i)));
    expect(all.digest).not.toBe(first.digest);
  });

  it('counts absent images and images without caption as corrupt', async () => {
    const config = await small(4);
    await rm(path.join(config.path, 'COCO_val2014_000000000979.jpg'));
    const json = JSON.parse(await readFile(config.annotations, 'utf8')) as {
      annotations: { image_id: number }[];
    };
    json.annotations = json.annotations.filter(({ image_id }) => image_id !== 1000);
    await writeFile(config.annotations, JSON.stringify(json));
    const dataset = await openDataset({ ...config, maxCorrupt: 2 });
    expect(dataset.count).toBe(2);
    expect(dataset.corrupt.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not in the folder'),
      'no caption',
    ]);
    await expect(openDataset(config)).rejects.toThrow(/2 images/);
  });

  it.each([
    ['no JSON', '{', /not a COCO captions file/],
    ['a list', '[]', /no list of images/],
    ['null', 'null', /no list of images/],
    ['null entries', '{"images":[null],"annotations":[]}', /no list of images/],
    [
      'no captions',
      '{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"image_id":1}]}',
      /no list of captions/,
    ],
    [
      'an id twice',
      '{"images":[{"id":1,"file_name":"a.jpg"},{"id":1,"file_name":"b.jpg"}],"annotations":[]}',
      /same id/,
    ],
    [
      'a path outside',
      '{"images":[{"id":1,"file_name":"../a.jpg"}],"annotations":[]}',
      /the file \.\.\/a\.jpg/,
    ],
    [
      'images elsewhere',
      '{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[]}',
      /none of the 1 images/,
    ],
  ])('refuses a captions file with %s', async (_name, text, message) => {
    const config = await small(1);
    await writeFile(config.annotations, text);
    await expect(openDataset(config)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
  });
});
