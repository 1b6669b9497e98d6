// From a drawing to a sample. librsvg draws on a canvas larger than the sample, over white; Pillow's filter then makes
// the sample, as it does for every other kind of images.
import sharp from 'sharp';
import { resizeLikePillow } from '../../decode/pillow-resize.ts';
import type { PillowFilter } from '../../decode/pillow-resize.ts';
import type { Avatar } from './avatar-style.ts';

export interface Rendering {
  /** Side of the sample in pixels. */
  readonly size: number;
  readonly filter: PillowFilter;
}

/** Raise when the same avatar would give other pixels. */
const version = 1;
/** Samples up to this size are drawn four times as large, larger ones twice. */
const smallSize = 64;

function canvasOf(size: number): number {
  return size * (size <= smallSize ? 4 : 2);
}

/** What the pixels follow from besides the drawing. The versions of librsvg smooth edges differently. */
export function describeRendering({ size, filter }: Rendering): string {
  const canvas = canvasOf(size);
  return `v${version}: librsvg ${sharp.versions.rsvg ?? 'unknown'} at ${canvas}x${canvas} over white, Pillow ${filter} to ${size}x${size}`;
}

/** [size, size, 3] uint8. */
export async function renderAvatar(avatar: Avatar, { size, filter }: Rendering): Promise<Uint8Array> {
  const { data, info } = await sharp(Buffer.from(avatar.svg(canvasOf(size))))
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return resizeLikePillow({ data, width, height, channels }, { width: size, height: size }, filter).data;
}
