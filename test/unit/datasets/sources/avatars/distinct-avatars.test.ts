// Numbers whose pictures differ: on pictures made up so that most numbers repeat others.
import { describe, expect, it } from 'vitest';
import { openDigestCache } from '../../../../../src/datasets/digest/digest-cache.ts';
import { distinctAvatars } from '../../../../../src/datasets/sources/avatars/distinct-avatars.ts';
import { InterruptedError } from '../../../../../src/errors.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();

/** Numbers 2n and 2n + 1 show picture (n^2 mod 1009), of which there are 505. */
const picture = (number: number): number => Math.floor(number / 2) ** 2 % 1009;
const render = (number: number): Promise<Uint8Array> =>
  Promise.resolve(new Uint8Array(Uint16Array.of(picture(number)).buffer));

async function find(count: number, digestCacheFile?: string) {
  let rendered = 0;
  const cache = await openDigestCache(digestCacheFile);
  const counting = (number: number): Promise<Uint8Array> => {
    rendered++;
    return render(number);
  };
  const numbers = await distinctAvatars(counting, { count, key: 'squares', cache });
  await cache.save();
  return { numbers: [...numbers], rendered };
}

describe('distinctAvatars', () => {
  it('takes the lowest number of each picture, in order', async () => {
    const { numbers } = await find(500);
    expect(numbers.slice(0, 8)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    expect(new Set(numbers.map(picture)).size).toBe(500);
    const lowest = new Map<number, number>();
    for (let number = 0; number <= numbers.at(-1)!; number++)
      if (!lowest.has(picture(number))) lowest.set(picture(number), number);
    expect(numbers.map((number) => lowest.get(picture(number)))).toEqual(numbers);
  });

  it('gives fewer where fewer are asked for, the same ones', async () => {
    const { numbers } = await find(505);
    expect((await find(20)).numbers).toEqual(numbers.slice(0, 20));
  });

  it('renders once, if it may remember', async () => {
    const file = temporary('cache.json');
    const fresh = await find(20);
    await find(70, file);
    expect(await find(20, file)).toEqual({ numbers: fresh.numbers, rendered: 0 });
    expect((await find(75, file)).numbers).toEqual((await find(75)).numbers);
  });

  it('says how many there are where there are too few', async () => {
    await expect(find(600)).rejects.toMatchObject({
      code: 'usage',
      message: 'there are 505 different avatars, not 600',
      hint: expect.stringContaining('dataset.count=') as string,
    });
  });

  it('stops when the signal aborts', async () => {
    const abort = new AbortController();
    const cache = await openDigestCache(undefined);
    const progress: [number, number][] = [];
    const search = distinctAvatars(render, {
      ...{ count: 400, key: 'squares', cache, signal: abort.signal },
      onProgress(done, total) {
        progress.push([done, total]);
        if (done === 50) abort.abort();
      },
    });
    await expect(search).rejects.toThrow(InterruptedError);
    expect(progress[49]).toEqual([50, 400]);
    expect(progress.length).toBeLessThan(60);
  });
});
