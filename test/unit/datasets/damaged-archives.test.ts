// Random damage to containers: opening and reading either works or ends in a UserError, in little time and memory.
// SDX_FUZZ_RUNS raises the number of runs.
import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  EncodedImages,
  ImageFilesConfig,
  ImageSource,
} from '../../../src/datasets/decode/encoded-images.ts';
import { lsunLmdb } from '../../../src/datasets/sources/lsun-lmdb/source.ts';
import { webdataset } from '../../../src/datasets/sources/webdataset/source.ts';
import { zip as zipKind } from '../../../src/datasets/sources/zip.ts';
import { UserError } from '../../../src/errors.ts';
import { tarOf, withTarChecksum, zipOf } from '../../fixtures/write-archives.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const runs = Number(process.env['SDX_FUZZ_RUNS'] ?? 60);
const temporary = folderPerTest();
const file = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)));
const common: ImageFilesConfig = { path: '', size: 8, filter: 'box', alpha: 'drop', maxCorrupt: 0 };

type Index = (path: string) => Promise<EncodedImages>;
const indexWith =
  <C extends ImageFilesConfig>(source: ImageSource<C>, config: C): Index =>
  async (path) => {
    const files = await source.files({ ...config, path });
    return source.index({ ...config, path }, files, {});
  };
const lmdb = indexWith(lsunLmdb.source, { ...common, kind: 'lsun-lmdb' });
const zip = indexWith(zipKind.source, { ...common, kind: 'zip' });
const tar = indexWith(webdataset.source, { ...common, kind: 'webdataset', captions: true });
/** The file given is the one beside a sound shard. */
const parquet: Index = async (path) => {
  const shard = temporary('shard.tar');
  await writeFile(shard, archive.shard);
  await copyFile(path, temporary('shard.parquet'));
  return indexWith(webdataset.source, {
    ...common,
    kind: 'webdataset',
    captions: true,
    select: { minSide: 1, minSimilarity: 0 },
  })(shard);
};

/** Bytes to overwrite: a place within a structure of the container, or anywhere, and what to write there. */
const wildNumbers = fc.constantFrom(0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff);
function damageAt(places: fc.Arbitrary<number>): fc.Arbitrary<readonly (readonly [number, number])[]> {
  return fc.array(fc.tuple(places, fc.oneof(fc.integer({ min: 0, max: 255 }), wildNumbers)), {
    minLength: 1,
    maxLength: 6,
  });
}

function apply(original: Buffer, damage: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.from(original);
  for (const [place, value] of damage) {
    const at = place % bytes.length;
    if (value <= 0xff) bytes[at] = value;
    else if (value === 0xffff) bytes.writeUInt16LE(value, Math.min(at, bytes.length - 2));
    else bytes.writeUInt32LE(value, Math.min(at, bytes.length - 4));
  }
  return bytes;
}

/** Whether everything could be read. Rethrows all but UserErrors. */
async function survives(index: Index, bytes: Buffer): Promise<boolean> {
  const path = temporary('damaged.bin');
  await writeFile(path, bytes);
  try {
    const images = await index(path);
    for (let i = 0; i < Math.min(images.count, 20); i++) {
      expect(images.name(i)).not.toBe('');
      expect((await images.read(i)).length).toBeLessThanOrEqual(2 ** 20);
    }
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error).toMatchObject({ code: 'input', hint: expect.any(String) as string });
    return false;
  }
}

const anywhere = fc.nat(2 ** 24);
/** Page headers, node lists and nodes of the first pages. */
const lmdbPlaces = fc.oneof(
  anywhere,
  fc.tuple(fc.nat(40), fc.nat(200)).map(([page, at]) => page * 4096 + at),
  fc.tuple(fc.nat(2), fc.nat(152)).map(([page, at]) => page * 4096 + at),
);
const archive = {
  tree: file('fixtures/archives/tree.mdb'),
  church: file('golden/lsun-lmdb/church_outdoor_val_lmdb/data.mdb'),
  zip: file('fixtures/archives/emoji.zip'),
  zip64: zipOf({ 'a.png': 'first', 'b.png': 'second' }, { zip64: true, deflate: true }),
  tar: file('fixtures/archives/pax.tar'),
  shard: file('golden/img2dataset/shards/00000.tar'),
  parquet: file('golden/img2dataset/shards/00000.parquet'),
};

describe('damaged containers', () => {
  it.each<[string, Index, Buffer, fc.Arbitrary<number>]>([
    ['LMDB tree', lmdb, archive.tree, lmdbPlaces],
    ['LSUN LMDB', lmdb, archive.church, lmdbPlaces],
    [
      'zip',
      zip,
      archive.zip,
      fc.oneof(
        anywhere,
        fc.nat(600).map((back) => archive.zip.length - 1 - back),
      ),
    ],
    ['zip64', zip, archive.zip64, anywhere],
    [
      'tar',
      tar,
      archive.tar,
      fc.oneof(
        anywhere,
        fc.tuple(fc.nat(60), fc.nat(511)).map(([b, at]) => b * 512 + at),
      ),
    ],
    ['parquet', parquet, archive.parquet, anywhere],
  ])('%s: bytes overwritten', async (_name, index, original, places) => {
    expect(await survives(index, original)).toBe(true);
    await fc.assert(
      fc.asyncProperty(damageAt(places), async (damage) => {
        await survives(index, apply(original, damage));
      }),
      { numRuns: runs },
    );
  });

  it('tar: headers damaged, their checksums right', async () => {
    const original = tarOf({
      'a.png': 'x'.repeat(700),
      'a.txt': 'caption',
      'b.png': 'y',
      'b.json': '{"caption":"z"}',
    });
    const headers = [0, 3, 5, 7];
    expect(
      headers.every((block) => original.toString('latin1', block * 512 + 257, block * 512 + 262) === 'ustar'),
    ).toBe(true);
    await fc.assert(
      fc.asyncProperty(damageAt(fc.nat(511)), fc.constantFrom(...headers), async (damage, block) => {
        const bytes = Buffer.from(original);
        const header = apply(bytes.subarray(block * 512, block * 512 + 512), damage);
        withTarChecksum(header).copy(bytes, block * 512);
        await survives(tar, bytes);
      }),
      { numRuns: 2 * runs },
    );
  });

  it.each<[string, Index, Buffer]>([
    ['LMDB', lmdb, archive.tree],
    ['zip', zip, archive.zip],
    ['zip64', zip, archive.zip64],
    ['tar', tar, archive.tar],
    ['parquet', parquet, archive.parquet],
  ])('%s: cut off anywhere, it is refused', async (_name, index, original) => {
    // tarfile pads its files with zeros beyond the end mark, of which some may be lost
    const needed = index === tar ? original.length - trailingZeros(original) + 512 : original.length;
    await fc.assert(
      fc.asyncProperty(fc.nat(needed - 1), async (length) => {
        // an LMDB file may end in pages that are no longer in use
        if (await survives(index, original.subarray(0, length))) expect(index).toBe(lmdb);
      }),
      { numRuns: runs },
    );
  });
});

function trailingZeros(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.length - end;
}
