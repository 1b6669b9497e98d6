// LSUN's LMDB as python-lmdb writes it: keys in order, every value complete, images decoded from it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { withByteFile } from '../../src/files/byte-file.ts';
import { readLmdbMeta, readLmdbValue, walkLmdb } from '../../src/datasets/sources/lsun-lmdb/lmdb-pages.ts';
import type { LmdbValue } from '../../src/datasets/sources/lsun-lmdb/lmdb-pages.ts';
import type { LsunLmdbConfig } from '../../src/datasets/sources/lsun-lmdb/source.ts';
import { openDataset } from '../../src/datasets/open-dataset.ts';

const local = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function contentsOf(file: string): Promise<{ depth: number; values: Record<string, string> }> {
  return withByteFile(file, async (bytes) => {
    const meta = await readLmdbMeta(bytes);
    const found: [string, LmdbValue][] = [];
    await walkLmdb(bytes, meta, (key, value) => found.push([key.toString(), value]));
    const values: Record<string, string> = {};
    for (const [key, value] of found)
      values[key] = createHash('sha256')
        .update(await readLmdbValue(bytes, value, meta.pageSize))
        .digest('hex');
    return { depth: meta.depth, values };
  });
}

describe('LSUN church_outdoor_val_lmdb', () => {
  const config: LsunLmdbConfig = {
    kind: 'lsun-lmdb',
    path: local('lsun-lmdb/church_outdoor_val_lmdb'),
    size: 32,
    filter: 'bicubic',
    alpha: 'drop',
    maxCorrupt: 0,
  };

  it('holds 12 images under 40 hexadecimal digits, in key order', async () => {
    const dataset = await openDataset(config);
    const names = Array.from({ length: dataset.count }, (_, i) => dataset.name(i));
    expect(names).toHaveLength(12);
    expect(names.every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
    expect(names).toEqual([...names].sort());
    expect(dataset.label).toBeUndefined();
  });

  it('crops the centre of the very image that lies behind the key', async () => {
    const raw = readFileSync(local('lsun-lmdb/church_outdoor_val_lmdb/data.mdb'));
    const dataset = await openDataset({ ...config, size: 256 });
    // The RIFF header says where a WebP file ends; in the file its pages follow one another.
    const start = raw.indexOf('RIFF');
    const webp = raw.subarray(start, start + 8 + raw.readUInt32LE(start + 4));
    const { width, height } = await sharp(webp).metadata();
    expect([width, height].sort()).toEqual([256, 341]);
    const left = Math.floor((width - 256) / 2);
    const top = Math.floor((height - 256) / 2);
    const crop = await sharp(webp).extract({ left, top, width: 256, height: 256 }).raw().toBuffer();
    const samples = await Promise.all(Array.from({ length: 12 }, (_, i) => dataset.read(i)));
    expect(samples.filter((sample) => crop.equals(sample))).toHaveLength(1);
    expect(new Set(samples.map((sample) => Buffer.from(sample).toString('base64'))).size).toBe(12);
  });

  it('opens by file too, with the same digest', async () => {
    const byFile = await openDataset({ ...config, path: `${config.path}/data.mdb` });
    expect(byFile.digest).toBe((await openDataset(config)).digest);
  });
});

it('reads a deep tree with overflow pages after deletions as python-lmdb wrote it', async () => {
  const { depth, values } = await contentsOf(local('../fixtures/archives/tree.mdb'));
  const recorded = JSON.parse(readFileSync(local('../fixtures/archives/contents.json'), 'utf8')) as {
    'tree.mdb': { entries: number; listing: string };
  };
  const lines = Object.entries(values).map(([key, sha256]) => `${key} ${sha256}\n`);
  expect({ depth, entries: lines.length }).toEqual({ depth: 3, entries: recorded['tree.mdb'].entries });
  expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(recorded['tree.mdb'].listing);
});
