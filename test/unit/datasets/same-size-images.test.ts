import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { openSameSizeImages } from '../../../src/datasets/same-size-images.ts';
import { InterruptedError } from '../../../src/errors.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const at = folderPerTest();

/** A 3x2 image whose red counts up from `first`, as RGBA, half transparent. */
async function writeImage(file: string, first: number): Promise<void> {
  const pixels = Uint8Array.from({ length: 24 }, (_, at) => [first + at / 4, 10, 20, 128][at % 4]!);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp(pixels, { raw: { width: 3, height: 2, channels: 4 } })
    .png()
    .toFile(file);
}

it('reads rectangles in the order of their names, alpha dropped and colours kept', async () => {
  const folder = at();
  for (const [i, name] of ['b.png', 'a/z.png', 'c.png'].entries())
    await writeImage(path.join(folder, name), 100 * i);
  await writeFile(path.join(folder, 'notes.txt'), 'not an image');
  const images = await openSameSizeImages(folder, {});
  expect([images.count, images.width, images.height]).toEqual([3, 3, 2]);
  const pixels = (first: number): number[] => [0, 1, 2, 3, 4, 5].flatMap((i) => [first + i, 10, 20]);
  expect([...(await images.readBatch([2, 0]))]).toEqual([...pixels(200), ...pixels(100)]);
});

it('has a digest of names and contents', async () => {
  let made = 0;
  const digest = async (name: string, first: number): Promise<string> => {
    const folder = at(`${name} ${first}`, String(made++));
    await writeImage(path.join(folder, name), first);
    return (await openSameSizeImages(folder, {})).digest;
  };
  const usual = await digest('a.png', 1);
  expect(await digest('a.png', 1)).toBe(usual);
  expect(await digest('a.png', 2)).not.toBe(usual);
  expect(await digest('b.png', 1)).not.toBe(usual);
});

it('refuses an empty folder, and stops when told to', async () => {
  const folder = at();
  await expect(openSameSizeImages(folder, {})).rejects.toThrow('no png, jpg or webp images');
  await writeImage(path.join(folder, 'a.png'), 0);
  await expect(openSameSizeImages(folder, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
});
