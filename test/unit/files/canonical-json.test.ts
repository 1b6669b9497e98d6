import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, toJson } from '../../../src/files/canonical-json.ts';

test('keys are sorted at every depth, undefined members fall away', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined, A: 1e-5 })).toBe(
    '{"A":0.00001,"b":[{"c":null,"d":1}]}',
  );
});

test('does not depend on the order of members, and loses nothing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});

test.each([
  ['NaN', { a: [Number.NaN] }, '$.a[0]'],
  ['infinity', { a: Infinity }, '$.a'],
  ['a function', { f: () => 1 }, '$.f'],
  ['a date', { when: new Date(0) }, '$.when'],
  ['undefined in a list', [undefined], '$[0]'],
])('refuses %s and says where', (_, value, at) => {
  expect(() => toJson(value)).toThrow(`${at} is not JSON`);
});
