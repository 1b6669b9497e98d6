// Matrix products. Transposed operands are read in place by ONNX Runtime's FusedMatMul (or Gemm for 2-D), so
// transposes of the last two axes never run.
import type { GraphBuilder } from '../graph/builder.ts';
import { broadcastShapes, type Value } from '../graph/ir.ts';
import { input, type KernelTable } from './kernel-table.ts';
import { cast } from './layout.ts';

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
  const inputs = [left.value, right.value];
  if (left.value.shape.length === 2 && right.value.shape.length === 2)
    return b.op('Gemm', inputs, spec, flags);
  return b.op('FusedMatMul', inputs, spec, { ...flags, alpha: { float: 1 } }, 'com.microsoft');
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
    const axis = attrs['axis'] as number;
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return b.op('Gather', [x, indices], { shape, dtype: x.dtype }, { axis });
  },
  OneHot: (b, inputs, attrs) => {
    const indices = input(inputs, 'indices');
    const { depth, onValue, offValue } = attrs as { depth: number; onValue: number; offValue: number };
    const values = b.constant(Float32Array.of(offValue, onValue), { shape: [2], dtype: 'float32' });
    const size = b.constant(BigInt64Array.of(BigInt(depth)), { shape: [], dtype: 'int64' });
    const spec = { shape: [...indices.shape, depth], dtype: 'float32' as const };
    const hot = b.op('OneHot', [cast(b, indices, 'int64'), size, values], spec, { axis: -1 });
    return cast(b, hot, (attrs['dtype'] as 'float32' | undefined) ?? 'float32');
  },
};
