import { expect, it } from 'vitest';
import { float32Count, worstFirst } from '../../../src/quantization/float32-layers.ts';

const errors = new Map([
  ['a', 0.03],
  ['b', 0.04],
  ['c', 0.12],
]);

it('orders the layers, the worst first', () => {
  expect(worstFirst(errors)).toEqual(['c', 'b', 'a']);
});

it('leaves as few layers as are enough', () => {
  expect(float32Count(errors, 0.131)).toBe(0); // the root of 0.03² + 0.04² + 0.12² is 0.13
  expect(float32Count(errors, 0.129)).toBe(1);
  expect(float32Count(errors, 0.051)).toBe(1);
  expect(float32Count(errors, 0.049)).toBe(2);
  expect(float32Count(errors, 0)).toBe(3);
  expect(float32Count(new Map(), 0.1)).toBe(0);
});
