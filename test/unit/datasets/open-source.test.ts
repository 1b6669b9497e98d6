// What all image sources share: samples are decoded once, what was learnt is kept, and goes on where it stopped.
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import type { EncodedImages, ImageFilesConfig } from '../../../src/datasets/decode/encoded-images.ts';
import type { DatasetKind } from '../../../src/datasets/dataset-kind.ts';
import { imageFileKind } from '../../../src/datasets/open-source.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { emojiImage, firstEmoji } from '../../fixtures/small-datasets.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

// These tests decode archives: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const temporary = folderPerTest();

interface CountedConfig extends ImageFilesConfig {
  readonly kind: 'counted';
}

/** 2,500 samples that count how often they are read; every thousandth from 7 is broken. */
async function counted(): Promise<{
  kind: DatasetKind<CountedConfig>;
  config: CountedConfig;
  reads: number[];
}> {
  const image = await emojiImage(firstEmoji(1)[0]!.file, 'png', 4, 4);
  const reads = new Array<number>(2500).fill(0);
  await writeFile(temporary('contents'), 'x');
  const images: EncodedImages = {
    count: reads.length,
    name: (index) => `sample ${index}`,
    read: (index) => {
      reads[index]!++;
      return Promise.resolve(index % 1000 === 7 ? image.subarray(0, 40) : image);
    },
    caption: (index) => `caption ${index}`,
    corrupt: [{ file: 'unnumbered', reason: 'no image' }],
  };
  return {
    kind: imageFileKind<CountedConfig>(
      {
        files: () =>
          Promise.resolve({ root: '', names: [], single: [{ as: 'contents', path: temporary('contents') }] }),
        index: () => Promise.resolve(images),
      },
      { layout: 'numbers' },
    ),
    config: { kind: 'counted', path: 'x', size: 4, filter: 'box', alpha: 'drop', maxCorrupt: 4 },
    reads,
  };
}

it('skips broken samples, keeps what belongs to each of the rest', async () => {
  const { kind, config } = await counted();
  const dataset = await kind.open(config, {});
  expect(dataset.count).toBe(2497);
  expect(dataset.corrupt.map(({ file }) => file)).toEqual([
    'unnumbered',
    'sample 7',
    'sample 1007',
    'sample 2007',
  ]);
  expect([dataset.name(6), dataset.name(7), dataset.caption!(2496)]).toEqual([
    'sample 6',
    'sample 8',
    'caption 2499',
  ]);
  expect(dataset.label).toBeUndefined();
  expect(dataset.digest).toBe(await kind.digest(config, {}));
  await expect(kind.open({ ...config, maxCorrupt: 3 }, {})).rejects.toMatchObject({
    message: expect.stringContaining('4 images in x cannot be used') as string,
    hint: expect.stringContaining('maxCorrupt=4') as string,
  });
});

it('does not decode again what it knows, also at another size', async () => {
  const { kind, config, reads } = await counted();
  const digestCacheFile = temporary('cache.json');
  await kind.open(config, { digestCacheFile });
  expect(reads.every((n) => n === 1)).toBe(true);
  const again = await kind.open({ ...config, size: 2 }, { digestCacheFile });
  expect(reads.every((n) => n === 1)).toBe(true);
  expect(again.corrupt).toHaveLength(4);
  await writeFile(temporary('contents'), 'y');
  await kind.open(config, { digestCacheFile });
  expect(reads[0]).toBe(2);
});

it('goes on where an interrupted check stopped', async () => {
  const { kind, config, reads } = await counted();
  const digestCacheFile = temporary('cache.json');
  const stop = new AbortController();
  const onProgress = (done: number): void => {
    if (done === 1500) stop.abort();
  };
  const interrupted = kind.open(config, { digestCacheFile, signal: stop.signal, onProgress });
  await expect(interrupted).rejects.toThrow(InterruptedError);
  expect(await readFile(digestCacheFile, 'utf8')).toContain('"checked":1000');
  await kind.open(config, { digestCacheFile });
  expect([reads[0], reads[999], reads[1000], reads[2499]]).toEqual([1, 1, 2, 1]);
});
