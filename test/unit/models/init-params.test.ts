import { expect, it } from 'vitest';
import { countParams, initParams, type InitSource } from '../../../src/models/init-params.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';

const specs: ParamSpec[] = [
  { name: 'norm', shape: [3], init: { kind: 'ones' } },
  { name: 'bias', shape: [2], init: { kind: 'zeros' } },
  { name: 'weight', shape: [2, 2], init: { kind: 'uniform', bound: 0.5 } },
  { name: 'table', shape: [1, 3], init: { kind: 'normal', std: 0.02 } },
];

it('fills each parameter by its spec, asking the source by name and size', () => {
  const asked: [string, string, number][] = [];
  const source: InitSource = {
    uniform: (name, n) => (asked.push(['uniform', name, n]), [0, 0.25, 0.5, 0.75]),
    normal: (name, n) => (asked.push(['normal', name, n]), [1, -2, 0]),
  };
  expect(initParams(specs, source)).toEqual({
    norm: { shape: [3], dtype: 'float32', data: new Float32Array([1, 1, 1]) },
    bias: { shape: [2], dtype: 'float32', data: new Float32Array([0, 0]) },
    weight: { shape: [2, 2], dtype: 'float32', data: new Float32Array([-0.5, -0.25, 0, 0.25]) },
    table: { shape: [1, 3], dtype: 'float32', data: new Float32Array([0.02, -0.04, 0]) },
  });
  expect(asked).toEqual([
    ['uniform', 'weight', 4],
    ['normal', 'table', 3],
  ]);
});

it('counts scalars', () => {
  expect(countParams(specs)).toBe(12);
  expect(countParams([])).toBe(0);
});
