// Between stored pixels, uint8 NHWC in [0, 255], and what networks see, float32 NCHW.
import type { ImagePack } from '../../datasets/pack.ts';

/** RGB images of one size, by index. */
export interface PixelSource {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** [indices.length, height, width, 3] uint8. */
  readBatch(indices: readonly number[]): Promise<Uint8Array>;
}

/** A pack's square images. */
export function packSource({ count, size, readBatch }: ImagePack): PixelSource {
  return { count, width: size, height: size, readBatch };
}

/** [n, size, size, 3] uint8 -> [n, 3, size, size] in [-1, 1] (latent-diffusion: x / 127.5 - 1). */
export function toModelRange(pixels: Uint8Array, size: number): Float32Array {
  return channelsFirst(pixels, size * size, (value) => value / 127.5 - 1);
}

/** [n, height, width, 3] uint8 -> [n, 3, height, width] in [0, 255]. */
export function toPlanes(pixels: Uint8Array, width: number, height = width): Float32Array {
  return channelsFirst(pixels, width * height, (value) => value);
}

/** [n, 3, size, size] in [-1, 1] -> [n, size, size, 3] uint8, clamped and rounded to the nearest. */
export function toPixels(images: Float32Array, size: number): Uint8Array {
  const area = size * size;
  const pixels = new Uint8Array(images.length);
  for (let at = 0; at < pixels.length; at++) {
    const [image, rest] = [Math.floor(at / (3 * area)), at % (3 * area)];
    const value = images[image * 3 * area + (rest % 3) * area + Math.floor(rest / 3)]!;
    pixels[at] = Math.min(255, Math.max(0, Math.floor((value + 1) * 127.5 + 0.5)));
  }
  return pixels;
}

/** Mirrors the images of [n, 3, size, size] for which `flip` is set, in place. */
export function mirror(images: Float32Array, size: number, flip: readonly boolean[]): void {
  for (const [image, flipped] of flip.entries()) {
    if (!flipped) continue;
    const rows = images.subarray(image * 3 * size * size, (image + 1) * 3 * size * size);
    for (let start = 0; start < rows.length; start += size) rows.subarray(start, start + size).reverse();
  }
}

/** `area`: pixels of one image. */
function channelsFirst(pixels: Uint8Array, area: number, map: (value: number) => number): Float32Array {
  const planes = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) {
    const [image, rest] = [Math.floor(at / (3 * area)), at % (3 * area)];
    planes[image * 3 * area + (rest % 3) * area + Math.floor(rest / 3)] = map(pixels[at]!);
  }
  return planes;
}
