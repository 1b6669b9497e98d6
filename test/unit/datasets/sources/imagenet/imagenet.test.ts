// ImageNet: synset folders, flat validation folders with labels in four forms.
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ImagenetConfig } from '../../../../../src/datasets/sources/imagenet/source.ts';
import { openDataset } from '../../../../../src/datasets/open-dataset.ts';
import { writeImagenetTrain, writeImagenetVal } from '../../../../fixtures/small-datasets.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();
const configFor = (path: string): ImagenetConfig => ({
  kind: 'imagenet',
  path,
  size: 16,
  filter: 'bicubic',
  alpha: 'drop',
  maxCorrupt: 0,
});
const fileOf = (i: number): string => `ILSVRC2012_val_0000000${i}`;

async function labelsOf(config: ImagenetConfig): Promise<string[]> {
  const dataset = await openDataset(config);
  return Array.from({ length: dataset.count }, (_, i) => dataset.label!(i));
}

describe('imagenet data set', () => {
  it('takes synsets from folders, sorted, and ignores everything else', async () => {
    await writeImagenetTrain(temporary('train'), 2);
    await mkdir(temporary('train', 'extra'));
    await writeFile(temporary('train', 'n01440764', 'list.txt'), '');
    const dataset = await openDataset(configFor(temporary('train')));
    expect(Array.from({ length: 6 }, (_, i) => [dataset.label!(i), dataset.name(i)])).toEqual([
      ['n01440764', 'n01440764/n01440764_0.JPEG'],
      ['n01440764', 'n01440764/n01440764_3.JPEG'],
      ['n02084071', 'n02084071/n02084071_1.JPEG'],
      ['n02084071', 'n02084071/n02084071_4.JPEG'],
      ['n03792782', 'n03792782/n03792782_2.JPEG'],
      ['n03792782', 'n03792782/n03792782_5.JPEG'],
    ]);
  });

  it.each<[string, (labels: string[]) => string]>([
    ['one synset a line', (labels) => labels.join('\n')],
    [
      'image and synset',
      (labels) =>
        labels
          .map((l, i) => `${fileOf(i + 1)}.JPEG ${l}`)
          .reverse()
          .join('\r\n'),
    ],
    [
      "Kaggle's csv",
      (labels) =>
        `ImageId,PredictionString\n${labels.map((l, i) => `${fileOf(i + 1)},${l} 1 2 3 4 ${l} 5 6 7 8 `).join('\n')}\n`,
    ],
    [
      'numbers',
      (labels) => labels.map((l) => ['n03792782', 'n01440764', 'n02084071'].indexOf(l) + 1).join('\n'),
    ],
  ])('labels a flat validation folder: %s', async (form, write) => {
    const labels = await writeImagenetVal(temporary('val'), 5);
    await writeFile(temporary('labels'), write(labels));
    await writeFile(temporary('synsets'), 'n03792782 dog\nn01440764\nn02084071 tench, Tinca tinca\n');
    const config = { ...configFor(temporary('val')), groundTruth: temporary('labels') };
    const synsets = form === 'numbers' ? { synsets: temporary('synsets') } : {};
    expect(await labelsOf({ ...config, ...synsets })).toEqual(labels);
  });

  it('changes its digest with the labels', async () => {
    const labels = await writeImagenetVal(temporary('val'), 2);
    const config = { ...configFor(temporary('val')), groundTruth: temporary('labels') };
    await writeFile(temporary('labels'), labels.join('\n'));
    const { digest } = await openDataset(config);
    await writeFile(temporary('labels'), labels.reverse().join('\n'));
    expect((await openDataset(config)).digest).not.toBe(digest);
  });

  it.each([
    ['too few labels', 'n01440764\n', /has 1 labels for 3 images/],
    ['an unknown image', `x.JPEG n01440764\n`, /no label for ILSVRC2012_val_00000001/],
    ['words', 'a\nb\nc\n', /"a", which is no synset/],
    ['numbers alone', '1\n2\n3\n', /labels images by number/],
  ])('refuses %s', async (_name, text, message) => {
    await writeImagenetVal(temporary('val'), 3);
    await writeFile(temporary('labels'), text);
    const config = { ...configFor(temporary('val')), groundTruth: temporary('labels') };
    await expect(openDataset(config)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
  });

  it('says what to do with flat folders and empty synset folders', async () => {
    await writeImagenetVal(temporary('val'), 1);
    await expect(openDataset(configFor(temporary('val')))).rejects.toMatchObject({
      message: expect.stringContaining('found 1 JPEG files without folders') as string,
      hint: expect.stringContaining('dataset.groundTruth') as string,
    });
    await mkdir(temporary('train', 'n01440764'), { recursive: true });
    await expect(openDataset(configFor(temporary('train')))).rejects.toMatchObject({
      hint: expect.stringContaining('n01440764.tar') as string,
    });
  });
});
