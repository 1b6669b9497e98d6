// Image folders: order, classes, broken files, digests and their cache.
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderConfig } from '../../../../src/datasets/sources/folder.ts';
import { datasetDigest, openDataset } from '../../../../src/datasets/open-dataset.ts';
import { InterruptedError } from '../../../../src/errors.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const temporary = folderPerTest();
let config: FolderConfig;

beforeEach(async () => {
  config = {
    kind: 'folder',
    path: temporary('images'),
    size: 8,
    filter: 'box',
    alpha: 'drop',
    maxCorrupt: 0,
  };
  await mkdir(config.path);
});

/** A flat-coloured image under the folder. */
async function put(name: string, color: string, width = 16, height = 16): Promise<void> {
  const file = path.join(config.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background: color } }).toFile(file);
}

describe('folder data set', () => {
  it('reads recursively in code point order and ignores other files', async () => {
    for (const name of ['b.png', 'a.webp', 'B.jpg', 'sub/z.jpeg', '\u{1f600}.png', '\uffee.png'])
      await put(name, '#ff0000');
    await writeFile(path.join(config.path, 'notes.txt'), 'not an image');
    const dataset = await openDataset(config);
    const names = Array.from({ length: dataset.count }, (_, i) => dataset.name(i));
    expect(names).toEqual(['B.jpg', 'a.webp', 'b.png', 'sub/z.jpeg', '\uffee.png', '\u{1f600}.png']);
    expect(dataset.label).toBeUndefined();
  });

  it('takes classes from the first folder level', async () => {
    await put('cat/1.png', '#102030');
    await put('dog/deep/2.png', '#405060');
    const dataset = await openDataset(config);
    expect([dataset.label!(0), dataset.label!(1)]).toEqual(['cat', 'dog']);
    expect([...(await dataset.read(1)).subarray(0, 3)]).toEqual([0x40, 0x50, 0x60]);
  });

  it('crops to the centre, keeps EXIF orientation and colour profiles out', async () => {
    const pixels = Buffer.alloc(16 * 8 * 3);
    for (let y = 0; y < 8; y++) for (let x = 4; x < 12; x++) pixels[(y * 16 + x) * 3 + 1] = 200;
    await sharp(pixels, { raw: { width: 16, height: 8, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(path.join(config.path, 'wide.png'));
    const sample = await (await openDataset(config)).read(0);
    expect([...new Set(sample.filter((_, i) => i % 3 === 1))]).toEqual([200]);
  });

  it('expands grey, 16-bit and palette images to RGB', async () => {
    const grey = sharp({ create: { width: 8, height: 8, channels: 3, background: '#777777' } });
    await grey.clone().toColourspace('b-w').png().toFile(path.join(config.path, '1.png'));
    await grey.clone().toColourspace('rgb16').png().toFile(path.join(config.path, '2.png'));
    await grey.clone().png({ palette: true }).toFile(path.join(config.path, '3.png'));
    const dataset = await openDataset(config);
    for (let i = 0; i < 3; i++) expect(await dataset.read(i)).toEqual(new Uint8Array(192).fill(0x77));
  });

  it('blends alpha onto white or drops it, as asked', async () => {
    const clear = {
      create: { width: 8, height: 8, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    } as const;
    await sharp(clear).png().toFile(path.join(config.path, 'clear.png'));
    expect((await (await openDataset(config)).read(0))[0]).toBe(9);
    expect((await (await openDataset({ ...config, alpha: 'white' })).read(0))[0]).toBe(255);
  });

  it('lists and skips broken files up to the limit, names them beyond', async () => {
    await put('good.png', '#00ff00');
    await put('cut.jpg', '#00ff00', 64, 64);
    const cut = path.join(config.path, 'cut.jpg');
    await writeFile(cut, (await readFile(cut)).subarray(0, -8));
    await writeFile(path.join(config.path, 'text.png'), 'hello');
    const dataset = await openDataset({ ...config, maxCorrupt: 2 });
    expect([dataset.count, dataset.name(0)]).toEqual([1, 'good.png']);
    expect(dataset.corrupt.map(({ file }) => file)).toEqual(['cut.jpg', 'text.png']);
    await expect(openDataset({ ...config, maxCorrupt: 1 })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/2 images[^]*cut\.jpg[^]*text\.png/) as string,
      hint: expect.stringContaining('maxCorrupt=2') as string,
    });
  });

  it.each([
    ['missing', 'nowhere', /cannot read the image folder/],
    ['empty', 'images', /no png, jpg or webp images/],
  ])('explains the folder that is %s', async (_name, folder, message) => {
    await expect(openDataset({ ...config, path: temporary(folder) })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining('dataset.path') as string,
    });
  });

  it('stops when the signal aborts', async () => {
    await put('a.png', '#000000');
    await expect(openDataset(config, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
  });
});

describe('datasetDigest of a folder', () => {
  it('depends on names, contents and preprocessing, not on time or place', async () => {
    await put('a.png', '#123456');
    const digest = await datasetDigest(config);
    expect((await openDataset(config)).digest).toBe(digest);
    await utimes(path.join(config.path, 'a.png'), 1, 1);
    expect(await datasetDigest(config)).toBe(digest);
    expect(await datasetDigest({ ...config, size: 4 })).not.toBe(digest);
    await put('a.png', '#123457');
    expect(await datasetDigest(config)).not.toBe(digest);
  });

  it('reads a file again only when size or mtime changed, and survives a damaged cache', async () => {
    await put('a.png', '#123456');
    const digestCacheFile = temporary('cache', 'digests.json');
    const digest = await datasetDigest(config, { digestCacheFile });
    const cached = await readFile(digestCacheFile, 'utf8');
    const [, known] = /"sha256":"([0-9a-f]{64})/.exec(cached)!;
    await writeFile(digestCacheFile, cached.replace(known!, 'f'.repeat(64)));
    expect(await datasetDigest(config, { digestCacheFile })).not.toBe(digest); // the planted entry is believed
    await utimes(path.join(config.path, 'a.png'), 2, 2);
    expect(await datasetDigest(config, { digestCacheFile })).toBe(digest);
    await writeFile(digestCacheFile, '{ torn');
    expect(await datasetDigest(config, { digestCacheFile })).toBe(digest);
  });
});
