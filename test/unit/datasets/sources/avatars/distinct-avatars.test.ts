// Splits that share no picture: on pictures made up so that most numbers repeat others.
import { describe, expect, it } from 'vitest';
import { openDigestCache } from '../../../../../src/datasets/digest/digest-cache.ts';
import { distinctAvatars } from '../../../../../src/datasets/sources/avatars/distinct-avatars.ts';
import type { Split } from '../../../../../src/datasets/sources/avatars/distinct-avatars.ts';
import { InterruptedError } from '../../../../../src/errors.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();
const splits: readonly Split[] = ['train', 'validation', 'held-out'];

/** Number n shows picture (n^2 mod 1009): about two numbers to a picture, in every combination of splits. */
const picture = (number: number): number => (number * number) % 1009;
const render = (number: number): Promise<Uint8Array> =>
  Promise.resolve(new Uint8Array(Uint16Array.of(picture(number)).buffer));

async function find(split: Split, count: number, digestCacheFile?: string) {
  let rendered = 0;
  const cache = await openDigestCache(digestCacheFile);
  const counting = (number: number): Promise<Uint8Array> => {
    rendered++;
    return render(number);
  };
  const numbers = await distinctAvatars(counting, { split, count, key: 'squares', cache });
  await cache.save();
  return { numbers: [...numbers], rendered };
}

describe('distinctAvatars', () => {
  it('gives each picture to one split, whatever the counts', async () => {
    for (const counts of [
      [40, 40, 40],
      [300, 12, 60],
      [1, 70, 2],
    ]) {
      const pictures: number[] = [];
      for (const [i, split] of splits.entries())
        pictures.push(...(await find(split, counts[i]!)).numbers.map(picture));
      expect(new Set(pictures).size).toBe(pictures.length);
    }
  });

  it('takes the lowest number of each picture, numbers of the split in order', async () => {
    const { numbers } = await find('train', 100);
    expect(numbers.slice(0, 8)).toEqual([0, 1, 2, 3, 6, 7, 8, 9]);
    const lowest = new Map<number, number>();
    for (let number = 0; number <= numbers.at(-1)!; number++)
      if (!lowest.has(picture(number))) lowest.set(picture(number), number);
    expect(numbers.map((number) => lowest.get(picture(number)))).toEqual(numbers);
  });

  it('gives fewer where fewer are asked for, the same ones', async () => {
    const { numbers } = await find('held-out', 60);
    expect((await find('held-out', 20)).numbers).toEqual(numbers.slice(0, 20));
  });

  it('renders once for all splits, if it may remember', async () => {
    const file = temporary('cache.json');
    const fresh = await Promise.all(splits.map((split) => find(split, 20)));
    await find('held-out', 70, file);
    for (const [i, split] of splits.entries()) {
      const { numbers, rendered } = await find(split, 20, file);
      expect(rendered).toBe(0);
      expect(numbers).toEqual(fresh[i]!.numbers);
    }
    expect((await find('validation', 75, file)).numbers).toEqual((await find('validation', 75)).numbers);
  });

  it('says how many there are where there are too few', async () => {
    await expect(find('validation', 200)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/there are \d+ different avatars for validation, not 200/) as string,
      hint: expect.stringContaining('dataset.count=') as string,
    });
  });

  it('stops when the signal aborts', async () => {
    const abort = new AbortController();
    const cache = await openDigestCache(undefined);
    const progress: [number, number][] = [];
    const search = distinctAvatars(render, {
      ...{ split: 'train', count: 400, key: 'squares', cache, signal: abort.signal },
      onProgress(done, total) {
        progress.push([done, total]);
        if (done === 50) abort.abort();
      },
    });
    await expect(search).rejects.toThrow(InterruptedError);
    expect(progress[49]).toEqual([50, 600]);
    expect(progress.length).toBeLessThan(60);
  });
});
