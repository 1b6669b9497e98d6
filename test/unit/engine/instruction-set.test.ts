import { expect, it } from 'vitest';
import { instructionSet, vectorsOf } from '../../../src/engine/instruction-set.ts';

it.each([
  ['AVX-512', 'flags\t\t: fpu avx avx2 avx512f avx512bw\nbugs: \n', ['AVX-512']],
  ['AVX2', 'processor\t: 0\nflags\t\t: fpu avx avx2\n\nprocessor\t: 1\nflags\t\t: fpu avx512f\n', ['AVX2']],
  ['neither', 'flags : sse avx\n', []],
  ['nothing', '', []],
])('finds %s among the flags', (_, text, expected) => {
  expect(vectorsOf(text)).toEqual(expected);
});

it('names the architecture first', () => {
  expect(instructionSet().split(' ')[0]).toBe(process.arch);
});
