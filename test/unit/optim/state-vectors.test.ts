// The state before the first step: what it holds, and that it does not hold the weights more than once.
import { expect, it } from 'vitest';
import { initialState, stateVectors } from '../../../src/optim/state-vectors.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';

const spec = (name: string, size: number): ParamSpec => ({ name, shape: [size], init: { kind: 'zeros' } });
const large = 10_000;
const params = {
  a: { shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) },
  b: { shape: [large], dtype: 'float32', data: new Float32Array(large).fill(3) },
  c: { shape: [1], dtype: 'float32', data: Float32Array.of(4) },
} as const;

it('has weights, moments of 0 and the average equal to the weights, the small ones together', () => {
  const state = initialState(stateVectors([spec('a', 2), spec('b', large), spec('c', 1)]), params);
  expect(state['param/packed']!.data).toEqual(Float32Array.of(1, 2, 4));
  expect(state['ema/packed']!.data).toEqual(Float32Array.of(1, 2, 4));
  expect(state['param/b']!.data).toEqual(params.b.data);
  expect(state['m/packed']!.data).toEqual(new Float32Array(3));
  expect(state['v/b']!.data).toEqual(new Float32Array(large));
});

it('holds each weight once beside `params` at the most, and zeros once', () => {
  const state = initialState(stateVectors([spec('a', 2), spec('b', large), spec('c', 1)]), params);
  const buffers = new Set(Object.values(state).map(({ data }) => data.buffer));
  expect(buffers.size).toBe(3); // the small weights, the large weight as given, zeros
  expect(buffers).toContain(params.b.data.buffer);
});
