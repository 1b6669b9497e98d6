// LAION's shards as img2dataset wrote them: the samples and captions are those that pyarrow reads in the parquet files.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDataset, glanceImages } from '../../src/datasets/check-dataset.ts';
import { openDataset } from '../../src/datasets/open-dataset.ts';
import type { WebdatasetConfig } from '../../src/datasets/sources/webdataset/source.ts';

interface Row {
  readonly key: string;
  readonly caption: string | null;
  readonly similarity: number;
  readonly punsafe: number | null;
  readonly pwatermark: number;
}

const local = (name: string): string => fileURLToPath(new URL(`img2dataset/${name}`, import.meta.url));
const recorded = JSON.parse(readFileSync(local('rows.json'), 'utf8')) as Record<
  string,
  { readonly rows: number; readonly rowGroups: number; readonly success: readonly Row[] }
>;
const rows = Object.values(recorded).flatMap(({ success }) => success);
const config: WebdatasetConfig = {
  kind: 'webdataset',
  path: local('shards'),
  size: 16,
  filter: 'bicubic',
  alpha: 'drop',
  maxCorrupt: 1,
  captions: true,
};

const keyOf = (name: string): string => /\/(\d+)\.jpg$/.exec(name)![1]!;

async function samples(change: Partial<WebdatasetConfig> = {}): Promise<(readonly [string, string | undefined])[]> {
  const { count, name, caption } = await openDataset({ ...config, ...change });
  return Array.from({ length: count }, (_, i) => [keyOf(name(i)), caption?.(i)] as const);
}

describe('img2dataset', () => {
  it('gives the successful rows of both shards, with their captions', async () => {
    expect(rows).toHaveLength(10);
    expect(recorded['00000.parquet']).toMatchObject({ rows: 130, rowGroups: 2 });
    const told = rows.filter(({ caption }) => caption !== null);
    expect(await samples()).toEqual(told.map(({ key, caption }) => [key, caption!.trim()]));
    const { corrupt } = await openDataset(config);
    expect(corrupt).toEqual([
      { file: '00000.tar/00000100.jpg', reason: 'no caption in the parquet file' },
    ]);
  });

  it('needs no captions where none are asked for', async () => {
    expect(await samples({ captions: false, maxCorrupt: 0 })).toEqual(rows.map(({ key }) => [key, undefined]));
  });

  it.each<[NonNullable<WebdatasetConfig['select']>, (row: Row) => boolean]>([
    [{ minSimilarity: 0.349 }, ({ similarity }) => similarity >= 0.349],
    [{ maxUnsafe: 0.25 }, ({ punsafe }) => punsafe !== null && punsafe <= 0.25],
    [{ maxWatermark: 0.5 }, ({ pwatermark }) => pwatermark <= 0.5],
    [{ minSide: 64 }, () => true],
    [
      { minSimilarity: 0.3, maxUnsafe: 0.5 },
      ({ similarity, punsafe }) => similarity >= 0.3 && punsafe !== null && punsafe <= 0.5,
    ],
  ])('selects by %o', async (select, isKept) => {
    const kept = rows.filter(isKept).map(({ key }) => key);
    expect(kept.length).toBeGreaterThan(1);
    expect((await samples({ captions: false, select })).map(([key]) => key)).toEqual(kept);
  });

  it('can select all away, which is an error', async () => {
    await expect(openDataset({ ...config, select: { minSide: 65 } })).rejects.toThrow(/no usable image/);
  });

  it('counts images by the files of statistics', async () => {
    expect(await glanceImages(config)).toBe(10);
    expect(await checkDataset(config)).toEqual([]);
  });
});
