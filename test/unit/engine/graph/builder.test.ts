import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/engine/graph/builder.ts';

const vector = { shape: [2], dtype: 'float32' } as const;

describe('nodes', () => {
  it('records an identical node once', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input('x', vector), b.input('y', vector)];
    expect(b.op('Add', [x, y], vector)).toBe(b.op('Add', [x, y], vector));
    expect(b.op('Add', [x, y], vector)).not.toBe(b.op('Add', [y, x], vector));
    expect(b.op('Add', [x, y], vector)).not.toBe(b.op('Sub', [x, y], vector));
  });

  it('tells nodes apart by attributes, domain, optional inputs and output types', () => {
    const b = new GraphBuilder();
    const x = b.input('x', vector);
    const values = [
      b.op('Op', [x], vector),
      b.op('Op', [x], vector, { axis: 0 }),
      b.op('Op', [x], vector, { axis: 1 }),
      b.op('Op', [x], vector, { axis: { float: 1 } }),
      b.op('Op', [x], vector, {}, 'com.microsoft'),
      b.op('Op', [x, null], vector),
      b.op('Op', [x], { shape: [2], dtype: 'int32' }),
      b.op('Op', [x], { shape: [1, 2], dtype: 'float32' }),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('gives each graph output a value of its own, without a copy where a node makes it', () => {
    const b = new GraphBuilder();
    const x = b.input('x', vector);
    const y = b.op('Exp', [x], vector);
    expect(b.copy(y)).toBe(y);
    const others = [b.copy(y), b.copy(y), b.copy(x), b.copy(x)];
    expect(new Set([x, y, ...others]).size).toBe(6);
  });

  it('finds the producer of a value by operator', () => {
    const b = new GraphBuilder();
    const x = b.input('x', vector);
    const y = b.op('Exp', [x], vector);
    expect(b.producer(y, 'Exp')?.inputs).toEqual([x]);
    expect(b.producer(y, 'Log')).toBeUndefined();
    expect(b.producer(x, 'Exp')).toBeUndefined();
  });
});

describe('constants', () => {
  it('are shared by content, dtype and shape', () => {
    const b = new GraphBuilder();
    const constant = (shape: number[], ...data: number[]) =>
      b.constant(Float32Array.from(data), { shape, dtype: 'float32' });
    expect(constant([2], 1, 2)).toBe(constant([2], 1, 2));
    expect(constant([2], 1, 2)).not.toBe(constant([2], 2, 1));
    expect(constant([2], 1, 2)).not.toBe(constant([1, 2], 1, 2));
    expect(constant([2], 1, 2)).not.toBe(b.constant(Int32Array.of(1, 2), { shape: [2], dtype: 'int32' }));
  });

  it('are one number where they are uniform', () => {
    const b = new GraphBuilder();
    const uniform = b.constant(new Float32Array(6).fill(0.5), { shape: [2, 3], dtype: 'float32' });
    expect(b.uniform(uniform)).toBe(0.5);
    expect(uniform).toBe(b.fill(0.5, { shape: [2, 3], dtype: 'float32' }));
    expect(b.constantData(uniform)).toEqual(new Float32Array(6).fill(0.5));
    const uneven = b.constant(Float32Array.of(1, 1, 2), { shape: [3], dtype: 'float32' });
    expect(b.uniform(uneven)).toBeUndefined();
  });

  it('keep the sign of zero, and NaN', () => {
    const b = new GraphBuilder();
    expect(b.fill(0, vector)).not.toBe(b.fill(-0, vector));
    expect(Object.is(b.constantData(b.fill(-0, vector))?.[0], -0)).toBe(true);
    expect(b.constantData(b.constant(Float32Array.of(NaN, NaN), vector))).toEqual(Float32Array.of(NaN, NaN));
  });

  it('materialise in their dtype', () => {
    const b = new GraphBuilder();
    const data = (['int32', 'bool', 'int64'] as const).map((dtype) =>
      b.constantData(b.fill(1, { shape: [2], dtype })),
    );
    expect(data).toEqual([Int32Array.of(1, 1), Uint8Array.of(1, 1), BigInt64Array.of(1n, 1n)]);
  });

  it('computed values are none', () => {
    const b = new GraphBuilder();
    const x = b.input('x', vector);
    expect([b.uniform(x), b.constantData(x)]).toEqual([undefined, undefined]);
  });
});

describe('finish', () => {
  it('keeps what the outputs need, in order, and all inputs', () => {
    const b = new GraphBuilder();
    const [x, unused] = [b.input('x', vector), b.input('unused', vector)];
    const one = b.constant(Float32Array.of(1, 2), vector);
    b.op('Sub', [unused, b.constant(Float32Array.of(3, 4), vector)], vector);
    const first = b.op('Exp', [x], vector);
    const second = b.op('Mul', [first, one], vector);
    b.op('Log', [second], vector);
    const graph = b.finish([{ name: 'y', value: second }]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'Mul']);
    expect([...graph.constants.keys()]).toEqual([one]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
  });
});
