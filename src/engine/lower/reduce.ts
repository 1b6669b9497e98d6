// Reductions, running sums and softmax.
import type { GraphBuilder } from '../graph/builder.ts';
import { elements, type Value } from '../graph/ir.ts';
import { axesOf, input, type KernelTable, type Lowering } from './kernel-table.ts';
import { cast, int64s, reshape } from './layout.ts';

function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((extent, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [extent]));
}

function reduce(b: GraphBuilder, op: string, x: Value, axes: readonly number[], keepDims = false): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(b, x, shape);
  const uniform = b.uniform(x);
  const count = elements(axes.map((axis) => x.shape[axis]!));
  if (uniform !== undefined && op !== 'ReduceProd') {
    return b.fill(op === 'ReduceSum' ? uniform * count : uniform, { shape, dtype: x.dtype });
  }
  const sorted = [...axes].sort((p, q) => p - q);
  return b.op(op, [x, int64s(b, sorted)], { shape, dtype: x.dtype }, { keepdims: keepDims ? 1 : 0 });
}

const reduction =
  (op: string): Lowering =>
  (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const axes = axesOf(attrs['axis'] ?? attrs['reductionIndices'], x.shape.length);
    return reduce(b, op, x, axes, attrs['keepDims'] === true);
  };

/** All and Any: as the minimum or maximum of 0/1 integers. */
const logical =
  (op: string): Lowering =>
  (b, inputs, attrs) => {
    const x = cast(b, input(inputs, 'x'), 'int32');
    return cast(
      b,
      reduce(b, op, x, axesOf(attrs['axis'], x.shape.length), attrs['keepDims'] === true),
      'bool',
    );
  };

const argument =
  (op: string): Lowering =>
  (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const axis = axesOf(attrs['axis'], x.shape.length)[0]!;
    const shape = reducedShape(x.shape, [axis], false);
    return cast(b, b.op(op, [x], { shape, dtype: 'int64' }, { axis, keepdims: 0 }), 'int32');
  };

export const reduceKernels: KernelTable = {
  Sum: reduction('ReduceSum'),
  /** The mean of integers is float32. */
  Mean: (b, inputs, attrs) =>
    reduction('ReduceMean')(b, { x: cast(b, input(inputs, 'x'), 'float32') }, attrs),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Softmax: (b, inputs, attrs) => {
    const x = input(inputs, 'logits');
    return b.op('Softmax', [x], x, { axis: axesOf(attrs['dim'], x.shape.length)[0]! });
  },
  Cumsum: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const axis = b.fill(axesOf(attrs['axis'], x.shape.length)[0]!, { shape: [], dtype: 'int32' });
    const flags = { exclusive: Number(attrs['exclusive']), reverse: Number(attrs['reverse']) };
    return b.op('CumSum', [x, axis], x, flags);
  },
};
