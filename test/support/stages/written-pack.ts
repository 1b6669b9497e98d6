// Packed images as the stage dataset writes them, of pixels that the tests choose.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packFiles, type PackIndex } from '../../../src/datasets/pack.ts';

/** Writes `images`, each [size, size, 3] uint8, into the folder `dir`; the index says `facts` of them, too. */
export async function writePack(
  dir: string,
  size: number,
  images: readonly Uint8Array[],
  facts: Partial<PackIndex> = {},
): Promise<void> {
  const count = images.length;
  const names = images.map((_, index) => `${index}.png`);
  const index: PackIndex = { version: 1, count, size, digest: 'd', names, corrupt: [], ...facts };
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, packFiles.images), Buffer.concat(images));
  await writeFile(path.join(dir, packFiles.labels), JSON.stringify(index));
}
