import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { fnv1a64, streamKey } from '../../../src/rng/stream-key.ts';

describe('fnv1a64', () => {
  // Published test vectors of the FNV reference code (Noll).
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('%j', (text, expected) => {
    expect(fnv1a64(text)).toBe(expected);
  });
});

describe('streamKey', () => {
  it('depends on every bit of the seed and on the name', () => {
    const keys = [
      streamKey(0, 'a'),
      streamKey(1, 'a'),
      streamKey(2 ** 32, 'a'),
      streamKey(2 ** 53 - 1, 'a'),
      streamKey(0, 'b'),
      streamKey(0, ''),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => streamKey(seed, 'a')).toThrow(UserError);
  });
});
