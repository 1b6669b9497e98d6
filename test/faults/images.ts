// Images of noise, for experiments that are about files and not about pictures.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { uniform } from '../../src/rng/noise.ts';

const side = 16;

/** Writes `count` of them into `folder`/images. */
export async function writeImages(folder: string, count: number): Promise<void> {
  await mkdir(path.join(folder, 'images'), { recursive: true });
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from(uniform(7, 'pixels', 0, i, side * side * 3), (u) => 256 * u);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, 'images', `${i}.png`));
  }
}
