import { describe, expect, it } from 'vitest';
import { type Operand, type Operation, type UpdateLoop } from '../../../../src/engine/updates/update-loop.ts';
import { loadUpdates } from '../../../../src/engine/updates/update-memory.ts';

const array = (index: number): Operand => ({ kind: 'array', index });
const scalar = (index: number): Operand => ({ kind: 'scalar', index });
const result = (index: number): Operand => ({ kind: 'result', index });
const constant = (value: number): Operand => ({ kind: 'constant', value });

/** Numbers of every kind: signs, zeros, halves that round, denormals, infinities. */
const numbers = Float32Array.of(
  0,
  -0,
  1,
  -1.5,
  1 / 3,
  3.1415927,
  1e-42,
  -3e38,
  1e20,
  1e-20,
  Infinity,
  16777217,
  7,
);

function run(
  loop: UpdateLoop,
  values: readonly Float32Array[],
  scalars: readonly number[] = [],
): Float32Array[] {
  const [{ arrays, run: once }] = loadUpdates([loop]) as [ReturnType<typeof loadUpdates>[0]];
  for (const [i, data] of values.entries()) arrays[i]!.set(data);
  once(scalars);
  return arrays.map((data) => data.slice());
}

describe('operations round as float32 arithmetic does, with any number of elements', () => {
  const binary: Readonly<Record<string, (x: number, y: number) => number>> = {
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    div: (x, y) => x / y,
  };
  const shifted = Float32Array.from(numbers, (_, i) => numbers[(i + 4) % numbers.length]!);

  it.each(Object.keys(binary))('%s', (operation) => {
    for (let size = 1; size <= numbers.length; size++) {
      const loop: UpdateLoop = {
        size,
        arrays: 3,
        scalars: 0,
        code: [{ operation: operation as Operation, args: [array(0), array(1)] }],
        stores: [{ array: 2, from: 0 }],
      };
      const [x, y] = [numbers.subarray(0, size), shifted.subarray(0, size)];
      const expected = Float32Array.from(x, (value, i) => binary[operation]!(value, y[i]!));
      expect(run(loop, [x, y])).toEqual([x.slice(), y.slice(), expected]);
    }
  });

  it.each([
    ['sqrt', Math.sqrt],
    ['neg', (x: number) => -x],
  ] as const)('%s', (operation, expected) => {
    const loop: UpdateLoop = {
      size: numbers.length,
      arrays: 1,
      scalars: 0,
      code: [{ operation, args: [array(0)] }],
      stores: [{ array: 0, from: 0 }],
    };
    expect(run(loop, [numbers])[0]).toEqual(Float32Array.from(numbers, expected));
  });
});

it('takes scalars, constants and earlier results, and stores after everything is read', () => {
  const loop: UpdateLoop = {
    size: 5,
    arrays: 2,
    scalars: 2,
    code: [
      { operation: 'mul', args: [array(0), scalar(1)] },
      { operation: 'add', args: [result(0), constant(0.1)] },
      { operation: 'sub', args: [scalar(0), array(1)] },
    ],
    stores: [
      { array: 1, from: 1 },
      { array: 0, from: 2 },
    ],
  };
  const f = Math.fround;
  const [x, y] = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(6, 7, 8, 9, 10)];
  expect(run(loop, [x, y], [100, 0.3])).toEqual([
    y.map((value) => 100 - value),
    x.map((value) => f(f(value * f(0.3)) + f(0.1))),
  ]);
});

it('keeps the arrays of different loops apart', () => {
  const double = (size: number): UpdateLoop => ({
    size,
    arrays: 1,
    scalars: 0,
    code: [{ operation: 'add', args: [array(0), array(0)] }],
    stores: [{ array: 0, from: 0 }],
  });
  const loaded = loadUpdates([3, 1, 8, 70_000].map(double));
  for (const [i, { arrays }] of loaded.entries()) arrays[0]!.fill(i + 1);
  loaded[1]!.run([]);
  expect(loaded.map(({ arrays }) => [...new Set(arrays[0])])).toEqual([[1], [4], [3], [4]]);
});
