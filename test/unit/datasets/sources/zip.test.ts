// Zip files: as Python writes them, zip64, order, classes, damage.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../../src/files/crc32.ts';
import { openDataset } from '../../../../src/datasets/open-dataset.ts';
import { zip } from '../../../../src/datasets/sources/zip.ts';
import type { ZipConfig } from '../../../../src/datasets/sources/zip.ts';
import { emojiImage, firstEmoji, writeFaces, writeFacesZip } from '../../../fixtures/small-datasets.ts';
import { zipOf } from '../../../fixtures/write-archives.ts';
import { folderPerTest } from '../../../support/temporary-folder.ts';

const temporary = folderPerTest();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/archives/${name}`, import.meta.url));
const configFor = (path: string): ZipConfig => ({
  kind: 'zip',
  path,
  size: 16,
  filter: 'bicubic',
  alpha: 'drop',
  maxCorrupt: 0,
});

async function zipFile(contents: Buffer): Promise<string> {
  await writeFile(temporary('a.zip'), contents);
  return temporary('a.zip');
}

async function encoded(path: string): Promise<Record<string, Buffer>> {
  const images = await zip.source.index(configFor(path), await zip.source.files(configFor(path)), {});
  const all: Record<string, Buffer> = {};
  for (let i = 0; i < images.count; i++) all[images.name(i)] = Buffer.from(await images.read(i));
  return all;
}

describe('zip data set', () => {
  it('reads the stored and deflated images of a zip file that Python made', async () => {
    const recorded = JSON.parse(readFileSync(fixture('contents.json'), 'utf8')) as Record<string, object>;
    const found = Object.entries(await encoded(fixture('emoji.zip'))).map(([name, bytes]) => [
      name,
      createHash('sha256').update(bytes).digest('hex'),
    ]);
    expect(Object.fromEntries(found)).toEqual(recorded['emoji.zip']);
    const dataset = await openDataset({ ...configFor(fixture('emoji.zip')), alpha: 'white' });
    expect(Array.from({ length: 4 }, (_, i) => dataset.label!(i))).toEqual([
      'faces',
      'things',
      'things',
      'things',
    ]);
  });

  it('gives the samples of the unpacked folder, in its order', async () => {
    await writeFaces(temporary('faces'), 6, 3);
    await writeFacesZip(temporary('faces.zip'), 6, 3);
    const zip = await openDataset({ ...configFor(temporary('faces.zip')), labels: 'none' });
    const folder = await openDataset({ ...configFor(temporary('faces')), kind: 'folder' });
    expect([zip.count, zip.label, folder.label!(5)]).toEqual([6, undefined, '00003']);
    for (let i = 0; i < 6; i++) {
      expect(zip.name(i)).toBe(folder.name(i));
      expect(await zip.read(i)).toEqual(await folder.read(i));
    }
  });

  it.each([{ zip64: true }, { zip64: true, deflate: true }, { deflate: true }])(
    'reads %j',
    async (liberties) => {
      const members = { 'b.png': Buffer.from('second'), 'a.png': Buffer.from('first') };
      const path = await zipFile(zipOf(members, liberties));
      const found = await encoded(path);
      expect(Object.keys(found)).toEqual(['a.png', 'b.png']);
      expect(found['b.png']!.toString()).toBe('second');
    },
  );

  it('has the digest of its contents, wherever it lies', async () => {
    const image = await emojiImage(firstEmoji(1)[0]!.file, 'png');
    const first = await openDataset(configFor(await zipFile(zipOf({ 'a.png': image }))));
    await writeFile(temporary('other.zip'), zipOf({ 'a.png': image }));
    expect((await openDataset(configFor(temporary('other.zip')))).digest).toBe(first.digest);
    expect((await openDataset({ ...configFor(temporary('other.zip')), size: 8 })).digest).not.toBe(
      first.digest,
    );
  });

  it('counts entries whose checksum fails as corrupt samples', async () => {
    const image = await emojiImage(firstEmoji(1)[0]!.file, 'png');
    const bytes = zipOf({ 'a.png': image, 'b.png': image });
    bytes[60] = bytes[60]! ^ 1; // in the first image
    const config = configFor(await zipFile(bytes));
    const dataset = await openDataset({ ...config, maxCorrupt: 1 });
    expect([dataset.count, dataset.name(0), dataset.corrupt[0]!.file]).toEqual([1, 'b.png', 'a.png']);
    expect(dataset.corrupt[0]!.reason).toMatch(/checksum/);
    await expect(openDataset(config)).rejects.toMatchObject({ code: 'input' });
  });

  const long = Buffer.alloc(5000, 'x');
  it.each([
    ['no zip file', Buffer.from('PNG'), /does not end like a zip/],
    ['cut off', zipOf({ 'a.png': long }).subarray(0, -30), /does not end like a zip/],
    ['no images', zipOf({ 'a.txt': 'text' }), /no png, jpg or webp/],
    ['names that climb out', zipOf({ '../a.png': long }), /unsafe name/],
    ['absolute names', zipOf({ '/a.png': long }), /unsafe name/],
  ])('refuses a file with %s', async (_name, bytes, message) => {
    await expect(openDataset(configFor(await zipFile(bytes)))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(/./) as string,
    });
  });

  it('refuses a name that occurs twice', async () => {
    const bytes = zipOf({ 'a.png': long, 'b.png': long });
    const twice = Buffer.from(bytes.toString('latin1').replaceAll('b.png', 'a.png'), 'latin1');
    await expect(openDataset(configFor(await zipFile(twice)))).rejects.toThrow(/a\.png twice/);
  });

  it('does not unpack more than the directory declares', async () => {
    const bytes = zipOf({ 'a.png': Buffer.alloc(10_000_000) }, { deflate: true });
    const directory = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(1000, directory + 24);
    const path = await zipFile(bytes);
    await expect(encoded(path)).rejects.toThrow(/does not unpack/);
  });
});

it('crc32 has the published check value', async () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(crc32(await readFile(fixture('contents.json')))).not.toBe(0);
});
