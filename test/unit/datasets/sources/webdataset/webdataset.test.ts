// Tar shards: as Python's tarfile writes them in three formats, captions, patterns, damage.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../../../src/datasets/open-dataset.ts';
import { webdataset } from '../../../../../src/datasets/sources/webdataset/source.ts';
import type { WebdatasetConfig } from '../../../../../src/datasets/sources/webdataset/source.ts';
import { emojiImage, firstEmoji, writeShards } from '../../../../fixtures/small-datasets.ts';
import { tarHeader, tarOf, withTarChecksum } from '../../../../fixtures/write-archives.ts';
import { folderPerTest } from '../../../../support/temporary-folder.ts';

const temporary = folderPerTest();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/archives/${name}`, import.meta.url));
const configFor = (path: string): WebdatasetConfig => ({
  kind: 'webdataset',
  path,
  size: 16,
  filter: 'bicubic',
  alpha: 'drop',
  maxCorrupt: 0,
  captions: true,
});

async function shard(contents: Buffer, name = '00000.tar'): Promise<string> {
  await mkdir(temporary('shards'), { recursive: true });
  await writeFile(temporary('shards', name), contents);
  return temporary('shards');
}

describe('webdataset', () => {
  it.each(['ustar', 'gnu', 'pax'])('reads what tarfile writes as %s', async (format) => {
    const recorded = JSON.parse(readFileSync(fixture('contents.json'), 'utf8')) as Record<string, object>;
    const config = configFor(fixture(`${format}.tar`));
    const images = await webdataset.source.index(config, await webdataset.source.files(config), {});
    const found: Record<string, string> = {};
    const prefix = `${format}.tar/`;
    for (let i = 0; i < images.count; i++)
      found[images.name(i).slice(prefix.length)] = createHash('sha256')
        .update(await images.read(i))
        .digest('hex');
    expect(found).toEqual(recorded[`${format}.tar`]);
    expect([0, 1, 2].map((i) => images.caption!(i))).toEqual([
      'caption 0: näïve',
      'caption 1: näïve',
      'from json 2',
    ]);
  });

  it('goes through shards in order, by folder or by pattern', async () => {
    await writeShards(temporary('laion'), 3, 2);
    const dataset = await openDataset(configFor(temporary('laion')));
    const names = Array.from({ length: dataset.count }, (_, i) => dataset.name(i));
    expect(names.slice(0, 3)).toEqual([
      '00000.tar/000000000.jpg',
      '00000.tar/000000001.jpg',
      '00001.tar/000010000.jpg',
    ]);
    expect(dataset.caption!(2)).toBe(firstEmoji(3)[2]!.caption);
    const part = await openDataset(configFor(temporary('laion', '{00001..00002}.tar')));
    expect([part.count, part.name(0)]).toEqual([4, '00001.tar/000010000.jpg']);
    expect(await part.read(0)).toEqual(await dataset.read(2));
    const plain = await openDataset({ ...configFor(temporary('laion')), captions: false });
    expect(plain.caption).toBeUndefined();
    expect(plain.digest).not.toBe(dataset.digest);
  });

  it('counts samples without image or caption as corrupt, and names them', async () => {
    const image = await emojiImage(firstEmoji(1)[0]!.file, 'jpeg');
    const folder = await shard(
      tarOf({
        'a.jpg': image,
        'a.txt': 'good',
        'b.txt': 'no image',
        'c.jpg': image,
        'c.json': '{"caption": null}',
        'd.jpg': 'broken',
        'd.txt': 'x',
      }),
    );
    const dataset = await openDataset({ ...configFor(folder), maxCorrupt: 3 });
    expect([dataset.count, dataset.caption!(0)]).toEqual([1, 'good']);
    expect(dataset.corrupt.map(({ file }) => file)).toEqual([
      '00000.tar/b',
      '00000.tar/c.jpg',
      '00000.tar/d.jpg',
    ]);
    await expect(openDataset({ ...configFor(folder), maxCorrupt: 2 })).rejects.toThrow(
      /3 images[^]*no caption/,
    );
  });

  it('names the shards of a pattern that do not exist', async () => {
    await writeShards(temporary('laion'), 1, 1);
    const pattern = temporary('laion', '{00000..00005}.tar');
    await expect(openDataset(configFor(pattern))).rejects.toThrow(
      /5 of 6 shards do not exist: .*00001\.tar.* and 2 more/,
    );
  });

  describe('beside parquet files', () => {
    const golden = (name: string): string =>
      fileURLToPath(new URL(`../../../../golden/img2dataset/shards/${name}`, import.meta.url));
    const image = readFileSync(fixture('../decoder/palette.png'));

    async function shardWith(keys: readonly string[], parquet: string): Promise<WebdatasetConfig> {
      const members = keys.flatMap((key): [string, Buffer | string][] => [
        [`${key}.png`, image],
        [`${key}.txt`, 'of the text file'],
      ]);
      const folder = await shard(tarOf(Object.fromEntries(members)));
      await copyFile(parquet, temporary('shards', '00000.parquet'));
      return { ...configFor(folder), maxCorrupt: 9 };
    }

    it('names what only one of both has, and what the parquet file says failed', async () => {
      const keys = ['00001000', '00001004', '00001005', '99'];
      const { count, caption, corrupt } = await openDataset(await shardWith(keys, golden('00001.parquet')));
      expect([count, caption!(0), caption!(1)]).toEqual([2, 'caption 130', 'caption 135']);
      expect(corrupt).toEqual([
        { file: '00000.tar/00001004.png', reason: 'the parquet file says failed_to_download' },
        { file: '00000.tar/99.png', reason: 'not in the parquet file beside the shard' },
        ...['00001001', '00001002', '00001003'].map((key) => ({
          file: `00000.tar/${key}`,
          reason: 'in the parquet file, but not in the shard',
        })),
      ]);
    });

    it('has the parquet file in the digest', async () => {
      const config = await shardWith(['00001000'], golden('00001.parquet'));
      const { digest } = await openDataset(config);
      await rm(temporary('shards', '00000.parquet'));
      const without = await openDataset(config);
      expect(without.digest).not.toBe(digest);
      expect(without.caption!(0)).toBe('of the text file');
    });

    it('refuses to select without them', async () => {
      await writeShards(temporary('laion'), 2, 1);
      await copyFile(golden('00001.parquet'), temporary('laion', '00000.parquet'));
      await expect(openDataset({ ...configFor(temporary('laion')), select: { minSide: 8 } })).rejects.toThrow(
        /00001\.tar has none/,
      );
    });

    it('names a column that is not there', async () => {
      const config = await shardWith(['00001000'], fixture('../img2dataset/plain.parquet'));
      await expect(
        openDataset({ ...config, captions: false, select: { maxUnsafe: 0.1 } }),
      ).rejects.toMatchObject({
        message: expect.stringMatching(/no column punsafe/) as string,
        hint: expect.stringContaining('--save_additional_columns') as string,
      });
      await expect(openDataset(config)).rejects.toThrow(/no column caption/);
      expect((await openDataset({ ...config, captions: false })).count).toBe(1);
    });

    it.each(['twice', 'numbers', 'zstd'])('refuses %s.parquet', async (name) => {
      const config = await shardWith(['00001000'], fixture(`../img2dataset/${name}.parquet`));
      await expect(openDataset(config)).rejects.toMatchObject({
        code: 'input',
        message: expect.stringMatching(/twice|no text as key|ZSTD/) as string,
      });
    });
  });

  const header = tarHeader('a.jpg', 10);
  it.each([
    ['no end mark', tarOf({ 'a.jpg': 'x' }, false), /without an end mark/],
    ['a cut member', tarOf({ 'a.jpg': Buffer.alloc(5000) }).subarray(0, 1024), /incomplete/],
    ['a wrong checksum', Buffer.concat([header.fill('b', 0, 1), Buffer.alloc(2048)]), /fails its checksum/],
    ['a huge size', Buffer.concat([tarHeader('a.jpg', '77777777777'), Buffer.alloc(2048)]), /incomplete/],
    ['no number as size', Buffer.concat([tarHeader('a.jpg', 'size'), Buffer.alloc(2048)]), /no valid size/],
    ['sparse members', Buffer.concat([tarHeader('a.jpg', 0, 'S'), Buffer.alloc(2048)]), /sparse/],
    [
      'a huge pax header',
      Buffer.concat([tarHeader('x', 100_000, 'x'), Buffer.alloc(102_400)]),
      /extended header/,
    ],
    ['a sample twice', tarOf({ 'a.jpg': '1', 'b.jpg': '2', 'a.txt': '3' }), /sample a twice/],
  ])('refuses a shard with %s', async (_name, bytes, message) => {
    await expect(openDataset(configFor(await shard(bytes)))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
    });
  });

  it('takes sizes beyond octal digits in base 256 and from pax headers', async () => {
    const image = await emojiImage(firstEmoji(1)[0]!.file, 'jpeg');
    const padded = Buffer.concat([image, Buffer.alloc((512 - (image.length % 512)) % 512)]);
    const binary = tarHeader('a.jpg', 0);
    binary.fill(0, 124, 136);
    binary[124] = 0x80;
    binary.writeUInt32BE(image.length, 132);
    const record = `${String(image.length).length + 9} size=${image.length}\n`;
    const pax = Buffer.concat([tarHeader('pax', record.length, 'x'), Buffer.from(record.padEnd(512, '\0'))]);
    const bytes = [withTarChecksum(binary), padded, pax, tarHeader('b.jpg', 0), padded, Buffer.alloc(1024)];
    const config = { ...configFor(await shard(Buffer.concat(bytes))), captions: false };
    const dataset = await openDataset(config);
    expect(await dataset.read(1)).toEqual(await dataset.read(0));
  });

  it('explains folders without shards and shards of the same name', async () => {
    await mkdir(temporary('empty'));
    await expect(openDataset(configFor(temporary('empty')))).rejects.toThrow(/no \.tar files/);
    await expect(openDataset(configFor(temporary('none')))).rejects.toThrow(/cannot read/);
    await writeShards(temporary('x'), 1, 1);
    await writeShards(temporary('y'), 1, 1);
    const both = temporary('{x,y}', '00000.tar');
    await expect(openDataset(configFor(both))).rejects.toThrow(/two shards are named/);
  });
});
