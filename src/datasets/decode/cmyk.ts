// CMYK JPEG files, of which ImageNet has a few: converted to RGB by Pillow's plain formula, as every pipeline on PIL
// does, where libvips would go through a printing profile.
import type { Uint8Image } from './pillow-resize.ts';

/** Whether the bytes are a JPEG file with four components (CMYK or YCCK), going by its frame header. */
export function isCmykJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    // SOF0 to SOF15, but DHT (c4), JPG (c8) and DAC (cc)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return bytes[at + 9] === 4;
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return false;
}

/** `cmyk2rgb` of Pillow (src/libImaging/Convert.c) on [height, width, 4] uint8. */
export function cmykToRgb({ data, width, height }: Uint8Image): Uint8Image {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    const light = 255 - data[from + 3]!;
    for (let c = 0; c < 3; c++) {
      const product = data[from + c]! * light + 128;
      rgb[to++] = light - (((product >> 8) + product) >> 8); // MULDIV255
    }
  }
  return { data: new Uint8Array(rgb.buffer), width, height, channels: 3 };
}
