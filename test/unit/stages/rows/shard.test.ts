import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UserError } from '../../../../src/errors.ts';
import { parseShard, piecesOf, shardText } from '../../../../src/stages/rows/shard.ts';

it('parts follow one another, cover everything, and differ by one piece at most', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 300 }), (pieces, of) => {
      const parts = Array.from({ length: of }, (_, i) => piecesOf({ number: i + 1, of }, pieces));
      expect(parts[0]!.from).toBe(0);
      expect(parts.at(-1)!.to).toBe(pieces);
      for (let i = 1; i < of; i++) expect(parts[i]!.from).toBe(parts[i - 1]!.to);
      const sizes = parts.map(({ from, to }) => to - from);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

it('without a shard, all pieces are meant', () => {
  expect(piecesOf(undefined, 7)).toEqual({ from: 0, to: 7 });
});

it('is written as part/parts', () => {
  expect(parseShard('2/8')).toEqual({ number: 2, of: 8 });
  expect(shardText({ number: 2, of: 8 })).toBe('2/8');
});

it.each(['0/8', '9/8', '2', '2/', '/8', '-1/8', '1.5/8', '2/8/9', ''])('refuses %j', (text) => {
  expect(() => parseShard(text)).toThrow(UserError);
});
