// Matrix products, gathers and their transposes. Transposed operands are read in place by ONNX Runtime's FusedMatMul (or Gemm for 2-D), so
// transposes of the last two axes never run.
import type { GraphBuilder, OutputSpec } from '../graph/builder.ts';
import { broadcastShapes, elements, type IrDType, type Value } from '../graph/ir.ts';
import { axesOf, input, type KernelTable } from './kernel-table.ts';
import { cast, reshape, transpose, transposeApart } from './layout.ts';

interface Operand {
  readonly value: Value;
  readonly transposed: boolean;
}

/** Looks through a transpose of the last two axes. */
function operand(b: GraphBuilder, value: Value, transposed: boolean): Operand {
  const node = b.producer(value, 'Transpose');
  const source = node?.inputs[0];
  const perm = node?.attributes['perm'] as readonly number[] | undefined;
  const rank = value.shape.length;
  const swapsLast = perm?.every(
    (axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i),
  );
  return source && swapsLast ? { value: source, transposed: !transposed } : { value, transposed };
}

/** op(x) op(y) over the last two axes, batch axes broadcast. */
export function matmul(b: GraphBuilder, x: Value, y: Value, transposeX = false, transposeY = false): Value {
  const left = operand(b, x, transposeX);
  const right = operand(b, y, transposeY);
  const matrix = (v: Operand): [number, number] => {
    const [rows, columns] = v.value.shape.slice(-2) as [number, number];
    return v.transposed ? [columns, rows] : [rows, columns];
  };
  const batch = broadcastShapes(left.value.shape.slice(0, -2), right.value.shape.slice(0, -2));
  const spec = { shape: [...batch, matrix(left)[0], matrix(right)[1]], dtype: x.dtype };
  const flags = { transA: Number(left.transposed), transB: Number(right.transposed) };
  if (x.dtype === 'int32') return integerMatmul(b, left, right, spec);
  const inputs = [left.value, right.value];
  if (left.value.shape.length === 2 && right.value.shape.length === 2) {
    if (!threadsChangeSum(b, inputs, matrix(left), matrix(right)[1]))
      return b.op('Gemm', inputs, spec, flags);
    const turned = { shape: spec.shape.toReversed(), dtype: spec.dtype };
    const turnedFlags = { transA: 1 - flags.transB, transB: 1 - flags.transA };
    return transposeApart(b, b.op('Gemm', inputs.toReversed(), turned, turnedFlags));
  }
  return b.op('FusedMatMul', inputs, spec, { ...flags, alpha: { float: 1 } }, 'com.microsoft');
}

/** Terms of a sum that ONNX Runtime adds in one run, whatever the number of threads. */
const wholeSum = 128;
/** From this many columns on, each of up to twelve threads has so many that it cuts sums as one thread does. */
const manyColumns = 1024;

/**
 * Whether the order of additions in the product x y of a [rows, inner] and a [inner, columns] matrix depends on the
 * number of threads. ONNX Runtime gives each thread columns where there are more of them than rows, and cuts sums into
 * runs whose length grows as a thread's columns get fewer. The transposed product is divided by rows, which changes
 * nothing (docs/adr/0009). Constant operands are packed beforehand and cut alike always; one row has a way of its own.
 */
function threadsChangeSum(
  b: GraphBuilder,
  operands: readonly Value[],
  [rows, inner]: readonly [number, number],
  columns: number,
): boolean {
  if (operands.some((value) => b.isConstant(value))) return false;
  return rows > 1 && columns > rows && columns < manyColumns && inner > wholeSum;
}

/** The fused products take floating point only. */
function integerMatmul(b: GraphBuilder, left: Operand, right: Operand, spec: OutputSpec): Value {
  const plain = ({ value, transposed }: Operand): Value => {
    const rank = value.shape.length;
    const swapped = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return transposed ? transpose(b, value, swapped) : value;
  };
  return b.op('MatMul', [plain(left), plain(right)], spec);
}

/** bool [..., depth]: where the index of a row equals the column. */
function oneHot(b: GraphBuilder, indices: Value, depth: number): Value {
  const columns = b.constant(Int32Array.from(Array(depth).keys()), { shape: [depth], dtype: 'int32' });
  const rows = reshape(b, cast(b, indices, 'int32'), [...indices.shape, 1]);
  return b.op('Equal', [rows, columns], { shape: [...indices.shape, depth], dtype: 'bool' });
}

export const matmulKernels: KernelTable = {
  BatchMatMul: (b, inputs, attrs) =>
    matmul(
      b,
      input(inputs, 'a'),
      input(inputs, 'b'),
      attrs['transposeA'] === true,
      attrs['transposeB'] === true,
    ),
  GatherV2: (b, inputs, attrs) => {
    const [x, indices] = [input(inputs, 'x'), input(inputs, 'indices')];
    if ((attrs['batchDims'] as number | undefined) ?? 0)
      throw new Error(
        'the onnx engine does not gather with batchDims: use a one-hot product or flat indices',
      );
    const axis = axesOf(attrs['axis'], x.shape.length)[0]!;
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return b.op('Gather', [x, indices], { shape, dtype: x.dtype }, { axis });
  },
  /** Indices outside of 0..depth-1 give rows of offValue. */
  OneHot: (b, inputs, attrs) => {
    const { depth, onValue, offValue } = attrs as { depth: number; onValue: number; offValue: number };
    const dtype = (attrs['dtype'] as IrDType | undefined) ?? 'float32';
    const hot = oneHot(b, input(inputs, 'indices'), depth);
    const number = (value: number) => b.fill(value, { shape: [], dtype: 'float32' });
    return cast(
      b,
      b.op('Where', [hot, number(onValue), number(offValue)], { ...hot, dtype: 'float32' }),
      dtype,
    );
  },
  /** Rows of x [N, ...] summed by their id [N]: one-hot^T x -> float32 [numSegments, ...]. Ids outside are dropped. */
  UnsortedSegmentSum: (b, inputs, attrs) => {
    const [x, ids] = [cast(b, input(inputs, 'x'), 'float32'), input(inputs, 'segmentIds')];
    const segments = attrs['numSegments'] as number;
    if (ids.shape.length !== 1)
      throw new Error('the onnx engine sums segments by a vector of ids: reshape the ids and the data first');
    const hot = cast(b, oneHot(b, ids, segments), x.dtype); // [N, segments]
    const rows = reshape(b, x, [x.shape[0]!, elements(x.shape.slice(1))]); // [N, D]
    return reshape(b, matmul(b, hot, rows, true, false), [segments, ...x.shape.slice(1)]);
  },
};
