import { expect, it } from 'vitest';
import { float32Layers } from '../../../src/quantization/float32-layers.ts';

const errors = new Map([
  ['a', 0.03],
  ['b', 0.04],
  ['c', 0.12],
]);

it('leaves the worst layers, as few as are enough', () => {
  expect(float32Layers(errors, 0.131)).toEqual([]); // the root of 0.03² + 0.04² + 0.12² is 0.13
  expect(float32Layers(errors, 0.129)).toEqual(['c']);
  expect(float32Layers(errors, 0.051)).toEqual(['c']);
  expect(float32Layers(errors, 0.049)).toEqual(['c', 'b']);
  expect(float32Layers(errors, 0)).toEqual(['c', 'b', 'a']);
});
