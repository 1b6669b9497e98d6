import { expect, it } from 'vitest';
import { guide, guideStacked, stack } from '../../../src/diffusion/guidance.ts';

const without = Float32Array.from([1, 2]);
const given = Float32Array.from([2, 0]);

it.each([
  [0, [1, 2]],
  [1, [2, 0]],
  [3, [4, -4]],
])('scale %d', (scale, expected) => {
  expect([...guide(without, given, scale)]).toEqual(expected);
  expect([...guideStacked(stack(without, given), scale)]).toEqual(expected);
});

it('stacks a batch beside itself', () => {
  expect([...stack(given)]).toEqual([2, 0, 2, 0]);
});
