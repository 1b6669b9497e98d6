import { describe, expect, it } from 'vitest';
import { slotsOf } from '../../../src/distributed/group.ts';

describe('slotsOf', () => {
  it('gives every slot of the batch to exactly one rank', () => {
    const all = [0, 1, 2].map((rank) => slotsOf({ rank, size: 3 }, 12));
    expect(all.map((slots) => slots.length)).toEqual([4, 4, 4]);
    expect(all.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, slot) => slot));
  });
});
