// Bit equality with Pillow. The vectors come from test/fixtures/make-pillow-vectors.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cropCenterSquare, resizeLikePillow } from '../../../../src/datasets/decode/pillow-resize.ts';
import type { PillowFilter } from '../../../../src/datasets/decode/pillow-resize.ts';

interface Block {
  readonly width: number;
  readonly height: number;
  readonly at: number;
}
interface Vectors {
  readonly pillow: string;
  readonly cases: readonly { readonly filter: PillowFilter; readonly input: Block; readonly output: Block }[];
}

const folder = new URL('../../../golden/pillow-resize/', import.meta.url);
const vectors = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as Vectors;
const bytes = new Uint8Array(readFileSync(new URL('vectors.bin', folder)));
const block = ({ width, height, at }: Block): Uint8Array => bytes.subarray(at, at + width * height * 3);

describe(`resizeLikePillow against Pillow ${vectors.pillow}`, () => {
  it.each(
    vectors.cases.map((one) => ({
      ...one,
      name: `${one.filter} ${one.input.width}x${one.input.height} -> ${one.output.width}x${one.output.height}`,
    })),
  )('$name', ({ filter, input, output }) => {
    const image = { data: block(input), width: input.width, height: input.height, channels: 3 };
    const resized = resizeLikePillow(image, output, filter);
    expect([resized.width, resized.height]).toEqual([output.width, output.height]);
    expect(Buffer.from(resized.data).equals(Buffer.from(block(output)))).toBe(true);
  });

  it('covers every filter, up and down', () => {
    const seen = new Set(
      vectors.cases.map((one) => `${one.filter} ${one.output.width > one.input.width ? 'up' : 'down'}`),
    );
    expect(seen.size).toBe(8);
  });

  it('refuses an empty target', () => {
    const image = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };
    expect(() => resizeLikePillow(image, { width: 0, height: 4 }, 'box')).toThrow(/0x4/);
  });
});

describe('cropCenterSquare', () => {
  it('keeps the middle of the longer side, the odd pixel falling to the right', () => {
    const row = Uint8Array.from({ length: 5 }, (_, x) => x);
    const data = Uint8Array.from([...row, ...row]);
    const square = cropCenterSquare({ data, width: 5, height: 2, channels: 1 });
    expect([...square.data]).toEqual([1, 2, 1, 2]);
  });
});
