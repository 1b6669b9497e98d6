import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinParts, splitPart } from '../../../../src/weights/diffusers/mapping.ts';
import { attentionBlockSpec } from '../../../../src/models/unet/attention-block.ts';

describe('q, k and v', () => {
  it('are the rows of each head in turn, heads first', () => {
    expect(attentionBlockSpec('a', 4).find(({ name }) => name === 'a.qkv.bias')!.shape).toEqual([12]);
    const [q, k, v] = [10, 20, 30].map((start) => Float32Array.from([0, 1, 2, 3], (i) => start + i));
    expect([...joinParts([q!, k!, v!], 2)]).toEqual([10, 11, 20, 21, 30, 31, 12, 13, 22, 23, 32, 33]);
  });

  it('come back from what they make', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (heads, width) => {
        const size = heads * width;
        const parts = [0, 1, 2].map((part) => Float32Array.from({ length: size }, (_, i) => 100 * part + i));
        const joined = joinParts(parts, heads);
        expect(parts.map((_, i) => splitPart(joined, i, 3, heads))).toEqual(parts);
      }),
    );
  });
});
