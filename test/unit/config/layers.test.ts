import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from '../../../src/config/layers.ts';

/** Nested mappings without null and without `kind`. */
const { mapping } = fc.letrec<{ mapping: Record<string, unknown>; value: unknown }>((tie) => ({
  mapping: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.array(fc.integer()), tie('mapping')),
}));

describe('merge', () => {
  it('lets the later one win and leaves it alone the second time', () => {
    fc.assert(
      fc.property(mapping, mapping, (a, b) => {
        expect(merge(a, a)).toEqual(a);
        expect(merge(a, {})).toEqual(a);
        expect(merge({}, a)).toEqual(a);
        expect(merge(merge(a, b), b)).toEqual(merge(a, b));
      }),
    );
  });

  it.each([
    [{ a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{}, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    [{ a: { kind: 'x', b: 1 } }, { a: { kind: 'y', c: 1 } }, { a: { kind: 'y', c: 1 } }],
    [{ a: { kind: 'x', b: 1 } }, { a: { kind: 'x', c: 1 } }, { a: { kind: 'x', b: 1, c: 1 } }],
    [{ a: { kind: 'x', b: 1 } }, { a: { b: 2 } }, { a: { kind: 'x', b: 2 } }],
    [{ a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
  ])('%j and %j: %j', (base, over, merged) => {
    const before = structuredClone(base);
    expect(merge(base, over)).toEqual(merged);
    expect(base).toEqual(before);
  });
});
