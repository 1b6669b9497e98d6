import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, editDistance } from '../../../src/config/suggest.ts';

describe('editDistance', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['flaw', 'lawn', 2],
    ['same', 'same', 0],
  ])('%s, %s: %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is a metric', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('closest', () => {
  it.each([
    ['batch_size', 'batchSize'],
    ['lr', 'learningRate'],
    ['learningrate', 'learningRate'],
    ['stpes', undefined],
    ['step', 'steps'],
    ['bathcSize', 'batchSize'],
    ['zebra', undefined],
  ])('%s -> %s', (word, meant) => {
    expect(closest(word, ['steps', 'batchSize', 'learningRate'])).toBe(meant);
  });
});
