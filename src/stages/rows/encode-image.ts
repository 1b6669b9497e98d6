// Pixels as files of pictures: PNG and WebP without loss, JPEG nearly so; animations as GIF (256 colours) or WebP.
import sharp from 'sharp';

/** RGB, [height, width, 3] uint8. */
export interface Raster {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

export const imageFormats = ['png', 'jpg', 'jpeg', 'webp'] as const;
export type ImageFormat = (typeof imageFormats)[number];
export const animationFormats = ['gif', 'webp'] as const;
export type AnimationFormat = (typeof animationFormats)[number];

const jpegQuality = 95;

export async function encodeImage({ data, width, height }: Raster, format: ImageFormat): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  switch (format) {
    case 'png':
      return image.png({ compressionLevel: 9 }).toBuffer();
    case 'webp':
      return image.webp({ lossless: true }).toBuffer();
    case 'jpg':
    case 'jpeg':
      return image.jpeg({ quality: jpegQuality, chromaSubsampling: '4:4:4' }).toBuffer();
  }
}

/** Frames of one size, shown again and again; the last one stays for a while. */
export async function encodeAnimation(
  frames: readonly Raster[],
  format: AnimationFormat,
  { frame, last }: { readonly frame: number; readonly last: number },
): Promise<Uint8Array> {
  const { width, height } = frames[0]!;
  const image = sharp(Buffer.concat(frames.map(({ data }) => data)), {
    raw: { width, height: height * frames.length, channels: 3, pageHeight: height },
  });
  const options = { delay: frames.map((_, i) => (i === frames.length - 1 ? last : frame)), loop: 0 };
  return (format === 'gif' ? image.gif(options) : image.webp({ ...options, lossless: true })).toBuffer();
}
