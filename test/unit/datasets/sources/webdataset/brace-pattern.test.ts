import { expect, it } from 'vitest';
import { expandBraces } from '../../../../../src/datasets/sources/webdataset/brace-pattern.ts';

it.each([
  ['a.tar', ['a.tar']],
  ['{08..11}.tar', ['08.tar', '09.tar', '10.tar', '11.tar']],
  ['{9..10}', ['9', '10']],
  ['{a,b}-{0..1}', ['a-0', 'a-1', 'b-0', 'b-1']],
  ['{000..001}', ['000', '001']],
])('%s', (pattern, names) => {
  expect(expandBraces(pattern)).toEqual(names);
});

it.each(['{1}', '{3..1}', '{0..99999999}', '{a..b}', '{0..9999}{0..9999}'])('refuses %s', (pattern) => {
  expect(() => expandBraces(pattern)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
});
