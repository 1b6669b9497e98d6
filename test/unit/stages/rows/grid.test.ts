import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cutGrid, renderGrid } from '../../../../src/stages/rows/grid.ts';

/** Three 2x2 images; pixel value = 10 * image + position. */
const images = Uint8Array.from({ length: 36 }, (_, i) => 10 * Math.floor(i / 12) + Math.floor((i % 12) / 3));

async function decode(png: Uint8Array): Promise<{ at: (x: number, y: number) => number; size: string }> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return {
    at: (x, y) => data[(y * info.width + x) * info.channels]!,
    size: `${info.width}x${info.height}`,
  };
}

describe('renderGrid', () => {
  it('lays out row by row, enlarges to whole blocks, leaves the rest as background', async () => {
    const { at, size } = await decode(await renderGrid(images, { size: 2, columns: 2, scale: 3, gap: 1 }));
    expect(size).toBe('15x15');
    expect([at(0, 0), at(7, 3), at(14, 14)]).toEqual([255, 255, 255]);
    for (const [x, y, value] of [
      [1, 1, 0],
      [3, 3, 0],
      [4, 1, 1],
      [1, 4, 2],
      [6, 6, 3],
      [8, 1, 10],
      [13, 6, 13],
      [1, 8, 20],
      [6, 13, 23],
      [9, 9, 255],
    ] as const)
      expect([x, y, at(x, y)]).toEqual([x, y, value]);
  });

  it('gives the same bytes each time', async () => {
    const once = await renderGrid(images, { size: 2, columns: 3 });
    expect(Buffer.from(await renderGrid(images, { size: 2, columns: 3 })).equals(Buffer.from(once))).toBe(
      true,
    );
  });

  it('refuses blocks that are not whole images', async () => {
    await expect(renderGrid(images.subarray(1), { size: 2, columns: 2 })).rejects.toThrow(/grid of/);
  });
});

describe('cutGrid', () => {
  it('gives the images of a grid again, as many as are wanted', async () => {
    const png = await renderGrid(images, { size: 2, columns: 2 });
    const cut = await cutGrid(png, { size: 2, columns: 2, total: 3, count: 16 });
    const pixels = await Promise.all(cut!.map((one) => sharp(one).raw().toBuffer()));
    expect(Buffer.concat(pixels)).toEqual(Buffer.from(images));
    expect(await cutGrid(png, { size: 2, columns: 2, total: 3, count: 2 })).toHaveLength(2);
  });

  it('gives nothing of a grid of another size', async () => {
    const png = await renderGrid(images, { size: 2, columns: 2 });
    expect(await cutGrid(png, { size: 2, columns: 3, total: 3, count: 3 })).toBeUndefined();
  });
});
