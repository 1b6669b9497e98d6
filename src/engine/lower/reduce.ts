// Reductions, running sums and softmax.
import type { GraphBuilder } from '../graph/builder.ts';
import { elements, type Value } from '../graph/ir.ts';
import { axesOf, input, type KernelTable, type Lowering } from './kernel-table.ts';
import { cast, int64s, reshape, transpose, transposeApart } from './layout.ts';

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
  if (sums.has(op) && threadsChangeSum(x.shape, sorted)) return reshape(b, fixedSum(b, op, x, sorted), shape);
  return b.op(op, [x, int64s(b, sorted)], { shape, dtype: x.dtype }, { keepdims: keepDims ? 1 : 0 });
}

/** What depends on the order of its terms. */
const sums: ReadonlySet<string> = new Set(['ReduceSum', 'ReduceMean']);
/** ONNX Runtime divides sums by so many kept elements among up to that many threads. */
const manyKept = 32;

/**
 * Whether the order of additions depends on the number of threads: ONNX Runtime has two ways to sum over axes before
 * kept ones, and chooses by the number of threads (docs/adr/0009). Sums over the last axes have one way.
 */
function threadsChangeSum(shape: readonly number[], axes: readonly number[]): boolean {
  const runs = runsOf(shape, axes);
  const extents = runs.map(({ extent }) => extent);
  switch (runs.map(({ reduced }) => (reduced ? 'R' : 'K')).join('')) {
    case 'RK':
      return extents[0]! > 16 && Math.max(...extents) > 256;
    case 'KRK':
      return extents[0]! < manyKept;
    case 'RKR':
      return extents[1]! < manyKept;
    default:
      return false;
  }
}

/** Neighbouring axes that are both reduced or both kept, as one; axes of one element left out. */
function runsOf(shape: readonly number[], axes: readonly number[]): { extent: number; reduced: boolean }[] {
  const runs: { extent: number; reduced: boolean }[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    const reduced = axes.includes(axis);
    const last = runs.at(-1);
    if (last?.reduced === reduced) last.extent *= extent;
    else runs.push({ extent, reduced });
  }
  return runs;
}

/** The sum or mean over `axes`, long sums over last axes only: trailing ones first, else what is summed moves there. */
function fixedSum(b: GraphBuilder, op: string, x: Value, axes: readonly number[]): Value {
  const runs = runsOf(x.shape, axes);
  const extents = runs.map(({ extent }) => extent);
  const merged = reshape(b, x, extents);
  if (runs.at(-1)!.reduced) return reduce(b, op, reduce(b, op, merged, [2]), [0]); // R K R
  if (extents.length === 2) return reduce(b, op, transposeApart(b, merged), [1]); // R K
  const [before, summed, after] = extents as [number, number, number]; // K R K
  const turned = reshape(b, transpose(b, merged, [0, 2, 1]), [before * after, summed]);
  return reduce(b, op, turned, [1]);
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
