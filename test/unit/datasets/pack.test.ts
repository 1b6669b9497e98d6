// Packing: what is read back equals what the data set gives, in any order.
import { readFile, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../../src/datasets/dataset.ts';
import { openPack, packDataset, packFiles } from '../../../src/datasets/pack.ts';
import type { Part } from '../../../src/datasets/parts.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const temporary = folderPerTest();

const numbers: ImageDataset = {
  count: 37,
  size: 2,
  digest: 'd',
  corrupt: [{ file: 'x.png', reason: 'cut off' }],
  // later samples resolve earlier: order must not depend on timing
  read: async (index) => {
    await new Promise((resolve) => setTimeout(resolve, 10 - (index % 10)));
    return new Uint8Array(12).fill(index);
  },
  name: (index) => `${index}.png`,
  label: (index) => (index % 2 === 0 ? 'even' : 'Odd'),
  caption: (index) => `the number ${index}`,
};

describe('packDataset', () => {
  it('writes samples in order and reads them back in any', async () => {
    const progress: number[] = [];
    await packDataset(numbers, temporary(), { onProgress: (done) => progress.push(done) });
    expect(progress).toEqual([16, 32, 37]);
    const pack = await openPack(temporary());
    expect([pack.count, pack.size, pack.digest, pack.corrupt]).toEqual([37, 2, 'd', numbers.corrupt]);
    expect([pack.classNames, pack.classes!.slice(0, 3)]).toEqual([
      ['Odd', 'even'],
      [1, 0, 1],
    ]);
    expect([pack.names[36], pack.captions![5]]).toEqual(['36.png', 'the number 5']);
    const batch = await pack.readBatch([36, 0, 17]);
    expect([batch[0], batch[11], batch[12], batch[24]]).toEqual([36, 36, 0, 17]);
    await pack.close();
  });

  it('gives the same bytes each time', async () => {
    await packDataset(numbers, temporary());
    const first = await Promise.all(Object.values(packFiles).map((f) => readFile(temporary(f))));
    await packDataset(numbers, temporary());
    const again = await Promise.all(Object.values(packFiles).map((f) => readFile(temporary(f))));
    expect(again).toEqual(first);
  });

  it('has no classes or captions where the source has none', async () => {
    const { count, size, digest, corrupt, read, name } = numbers;
    const index = await packDataset({ count, size, digest, corrupt, read, name }, temporary());
    expect(Object.keys(index)).not.toContain('classes');
    expect(Object.keys(index)).not.toContain('captions');
  });

  it('keeps several captions of a sample, those of each part with it', async () => {
    const captions = (index: number) => [`the number ${index}`, `${index} in digits`];
    const parts = { train: 20, validation: 10, 'held-out': 7 };
    await packDataset({ ...numbers, captions, parts }, temporary());
    const pack = await openPack(temporary(), 'validation');
    expect(pack.captionSets).toEqual(Array.from({ length: 10 }, (_, i) => captions(20 + i)));
    await pack.close();
    expect(Object.keys(await packDataset(numbers, temporary()))).not.toContain('captionSets');
  });

  it('opens each part of a divided set, without the pictures of another part', async () => {
    // Samples 0 to 19 are for training, 20 to 29 for validation, 30 to 36 held out; 25 and 33 are copies.
    const divided: ImageDataset = {
      ...numbers,
      read: (index) => numbers.read({ 3: 2, 25: 7, 33: 28 }[index] ?? index),
      parts: { train: 20, validation: 10, 'held-out': 7 },
    };
    const index = await packDataset(divided, temporary());
    expect([index.count, index.parts, index.copies]).toEqual([
      35,
      { train: 20, validation: 9, 'held-out': 6 },
      ['25.png', '33.png'],
    ]);
    const opened = async (part?: Part) => {
      const pack = await openPack(temporary(), part);
      const pixels = await pack.readBatch(pack.names.map((_, at) => at));
      await pack.close();
      return { ...pack, values: pack.names.map((_, at) => pixels[at * 12]!) };
    };
    const train = await opened('train');
    expect(train.values).toEqual([0, 1, 2, 2, ...Array.from({ length: 16 }, (_, i) => i + 4)]);
    const heldOut = await opened('held-out');
    expect(heldOut).toMatchObject({
      count: 6,
      values: [30, 31, 32, 34, 35, 36],
      names: ['30.png', '31.png', '32.png', '34.png', '35.png', '36.png'],
      classes: [1, 0, 1, 1, 0, 1],
    });
    expect(heldOut.captions![3]).toBe('the number 34');
    expect((await opened('validation')).values).toEqual([20, 21, 22, 23, 24, 26, 27, 28, 29]);
    expect((await opened()).count).toBe(35);
  });

  it('takes all of a set that is not divided as each of its parts', async () => {
    await packDataset(numbers, temporary());
    const pack = await openPack(temporary(), 'held-out');
    expect([pack.count, (await pack.readBatch([36]))[0]]).toEqual([37, 36]);
    await pack.close();
  });

  it('stops when the signal aborts', async () => {
    const abort = new AbortController();
    const packing = packDataset(numbers, temporary(), {
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(packing).rejects.toThrow(InterruptedError);
  });

  it('tells by name of pixels that were lost after it was opened', async () => {
    await packDataset(numbers, temporary());
    const pack = await openPack(temporary());
    await truncate(temporary(packFiles.images), 30 * 12 + 5);
    expect((await pack.readBatch([29])).every((value) => value === 29)).toBe(true);
    await expect(pack.readBatch([3, 30, 36])).rejects.toMatchObject({
      code: 'input',
      message: `${temporary(packFiles.images)} ends before sample 30: it became shorter`,
    });
    await pack.close();
  });

  it('refuses a torn block', async () => {
    await packDataset(numbers, temporary());
    await truncate(temporary(packFiles.images), 100);
    await expect(openPack(temporary())).rejects.toMatchObject({
      code: 'input',
      message: /100 bytes instead of 444/,
    });
  });
});
