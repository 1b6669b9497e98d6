// From image file to square RGB sample, doing what PIL does in LDM's data sets and nothing else: no colour
// management, no EXIF rotation, no shrinking while decoding (resizing is ours, so sharp never resizes).
import type { Sharp } from 'sharp';
import { cmykToRgb, isCmykJpeg } from './cmyk.ts';
import { pixelBudget } from './pixel-budget.ts';
import { cropCenterSquare, resizeLikePillow } from './pillow-resize.ts';
import type { PillowFilter, Uint8Image } from './pillow-resize.ts';

/** `drop` ignores an alpha channel, like PIL's `convert('RGB')`; `white` blends onto white. */
export type AlphaMode = 'drop' | 'white';

/** How samples are made from decoded images. */
export interface Preprocessing {
  /** Side of the sample in pixels. */
  readonly size: number;
  readonly filter: PillowFilter;
  readonly alpha: AlphaMode;
}

/** Raise when the same file and preprocessing would give other bytes. */
export const decoderVersion = 1;

/** The preprocessing in words that go into digests and metric cards. */
export function describePreprocessing({ size, filter, alpha }: Preprocessing): string {
  return `v${decoderVersion}: alpha ${alpha}, centre square, Pillow ${filter} to ${size}x${size}`;
}

/** Pixels that all decoders of this process hold at once, some 200 MB as RGB; a larger image is decoded alone. */
const budget = pixelBudget(2 ** 26);

/** Decodes PNG, JPEG or WebP bytes to RGB uint8. Throws sharp's error for files that are broken or cut off. */
export async function decodeRgb(bytes: Uint8Array, alpha: AlphaMode): Promise<Uint8Image> {
  return budget.within(await pixelsIn(bytes), () => decode(bytes, alpha));
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

/** By the header; 0 where there is none, as decoding then fails. PNG's has its size at a fixed place. */
async function pixelsIn(bytes: Uint8Array): Promise<number> {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 24));
  if (header.length === 24 && header.subarray(0, 8).equals(pngSignature))
    return header.readUInt32BE(16) * header.readUInt32BE(20);
  const { default: sharp } = await import('sharp'); // only here: planning decodes nothing
  return sharp(bytes)
    .metadata()
    .then(
      ({ width, height }) => width * height,
      () => 0,
    );
}

async function decode(bytes: Uint8Array, alpha: AlphaMode): Promise<Uint8Image> {
  const { default: sharp } = await import('sharp');
  const decoded = sharp(bytes, { ignoreIcc: true, failOn: 'error' });
  if (isCmykJpeg(bytes))
    return cmykToRgb(await pixels(decoded.pipelineColourspace('cmyk').toColourspace('cmyk')));
  const opaque = alpha === 'white' ? decoded.flatten({ background: '#ffffff' }) : decoded.removeAlpha();
  return pixels(opaque.toColourspace('srgb'));
}

async function pixels(image: Sharp): Promise<Uint8Image> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
    channels: info.channels,
  };
}

/** Decodes, crops to the centre square and resizes: [size, size, 3] uint8. */
export async function decodeSample(bytes: Uint8Array, how: Preprocessing): Promise<Uint8Array> {
  return budget.within(await pixelsIn(bytes), async () => {
    const square = cropCenterSquare(await decode(bytes, how.alpha));
    return resizeLikePillow(square, { width: how.size, height: how.size }, how.filter).data;
  });
}
