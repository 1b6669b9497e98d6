// Many uint8 images as one grid, enlarged by whole factors so that pixels stay pixels; and the images of a grid again.
import sharp from 'sharp';
import { InvariantError } from '../../errors.ts';
import { encodeImage, type Raster } from './encode-image.ts';

export interface GridOptions {
  /** Side of each image in pixels. */
  readonly size: number;
  readonly columns: number;
  /** Whole enlargement factor; nearest neighbour. */
  readonly scale?: number;
  /** Pixels between images and around them, after enlargement. */
  readonly gap?: number;
  /** RGB of the gaps. */
  readonly background?: readonly [number, number, number];
}

/** Copies one image into the canvas, each pixel `scale` times in both directions. */
function blit(
  canvas: { readonly data: Buffer; readonly width: number },
  image: Uint8Array,
  size: number,
  scale: number,
  origin: { readonly x: number; readonly y: number },
): void {
  const rowBytes = size * scale * 3;
  for (let y = 0; y < size; y++) {
    const start = ((origin.y + y * scale) * canvas.width + origin.x) * 3;
    for (let x = 0; x < size * scale; x++) {
      const from = (y * size + Math.floor(x / scale)) * 3;
      canvas.data.set(image.subarray(from, from + 3), start + x * 3);
    }
    for (let copy = 1; copy < scale; copy++)
      canvas.data.copyWithin(start + copy * canvas.width * 3, start, start + rowBytes);
  }
}

/** Pixels between images and around them. */
const usualGap = 2;

/** Where image `i` of a grid begins. */
function originOf(i: number, across: number, pitch: number, gap: number): { x: number; y: number } {
  return { x: gap + (i % across) * pitch, y: gap + Math.floor(i / across) * pitch };
}

/** The first `count` images of a grid that `renderGrid` has made of images of this size, as PNG; undefined where it has not. */
export async function cutGrid(
  png: Uint8Array,
  { size, columns, total, count }: { size: number; columns: number; total: number; count: number },
): Promise<Uint8Array[] | undefined> {
  const across = Math.min(columns, total);
  const pitch = size + usualGap;
  const { width, height } = await sharp(png).metadata();
  if (width !== across * pitch + usualGap || height !== Math.ceil(total / across) * pitch + usualGap)
    return undefined;
  return Promise.all(
    Array.from({ length: Math.min(count, total) }, (_, i) => {
      const { x: left, y: top } = originOf(i, across, pitch, usualGap);
      return sharp(png)
        .extract({ left, top, width: size, height: size })
        .png({ compressionLevel: 9 })
        .toBuffer();
    }),
  );
}

/** PNG bytes of a grid. The same input gives the same bytes. */
export async function renderGrid(images: Uint8Array, options: GridOptions): Promise<Uint8Array> {
  return encodeImage(layGrid(images, options), 'png');
}

/** The pixels of a grid. `images` is [n, size, size, 3] uint8, filled row by row; the last row may be short. */
export function layGrid(images: Uint8Array, options: GridOptions): Raster {
  const { size, columns, scale = 1, gap = usualGap, background = [255, 255, 255] } = options;
  const sampleBytes = size * size * 3;
  const count = images.length / sampleBytes;
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(scale) || scale < 1 || columns < 1)
    throw new InvariantError(`grid of ${count} images, ${columns} columns, scale ${scale}`);
  const across = Math.min(columns, count);
  const pitch = size * scale + gap;
  const width = across * pitch + gap;
  const height = Math.ceil(count / across) * pitch + gap;
  const data = Buffer.alloc(width * height * 3, Buffer.from(background));
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * sampleBytes, (i + 1) * sampleBytes);
    blit({ data, width }, image, size, scale, originOf(i, across, pitch, gap));
  }
  return { data, width, height };
}
