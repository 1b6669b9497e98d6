// Decoding gives the very bytes that Pillow gives, CMYK included.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isCmykJpeg } from '../../../../src/datasets/decode/cmyk.ts';
import { decodeRgb } from '../../../../src/datasets/decode/decode-image.ts';

const read = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/decoder/${name}`, import.meta.url)));
const expected = JSON.parse(read('expected.json').toString()) as Record<string, [number, number, string]>;

it.each(Object.keys(expected))('decodes %s like Pillow', async (name) => {
  for (const alpha of ['drop', 'white'] as const) {
    const { data, width, height, channels } = await decodeRgb(read(name), alpha);
    expect(channels).toBe(3);
    expect([width, height, createHash('sha256').update(data).digest('hex')]).toEqual(expected[name]);
  }
});

it('finds CMYK by the frame header alone', () => {
  const cmyk = Object.keys(expected).filter((name) => isCmykJpeg(read(name)));
  expect(cmyk).toEqual(['cmyk.jpg']);
  expect(isCmykJpeg(read('cmyk.jpg').subarray(0, 20))).toBe(false);
  expect(isCmykJpeg(Buffer.from([0xff, 0xd8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))).toBe(
    false,
  );
});
