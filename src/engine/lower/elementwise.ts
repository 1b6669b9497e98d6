// Pointwise kernels. Arithmetic on uniform constants is done at once, neutral elements vanish, uniform operands
// become scalars, chained scales merge, and bias additions and scales fold into the product that precedes them.
import type { GraphBuilder } from '../graph/builder.ts';
import { broadcastShapes, sameShape, type IrDType, type Node, type Value } from '../graph/ir.ts';
import { input, listInputs, type KernelTable, type Lowering } from './kernel-table.ts';
import { cast, expand } from './layout.ts';

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Pow';

const fold: Readonly<Record<Arithmetic, (x: number, y: number) => number>> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  Div: (x, y) => x / y,
  Max: Math.max,
  Min: Math.min,
  Pow: Math.pow,
};

/** The operand that leaves the other unchanged: on the right, and on both sides for commutative ops. */
const neutral: Readonly<Partial<Record<Arithmetic, number>>> = { Add: 0, Sub: 0, Mul: 1, Div: 1, Pow: 1 };
const commutative: ReadonlySet<Arithmetic> = new Set(['Add', 'Mul', 'Max', 'Min']);

/** x op y with NumPy broadcasting. */
export function arithmetic(b: GraphBuilder, op: Arithmetic, x: Value, y: Value): Value {
  const shape = broadcastShapes(x.shape, y.shape);
  const spec = { shape, dtype: x.dtype };
  const [ux, uy] = [b.uniform(x), b.uniform(y)];
  if (x.dtype === 'float32') {
    if (ux !== undefined && uy !== undefined) return b.fill(Math.fround(fold[op](ux, uy)), spec);
    if (uy !== undefined && uy === neutral[op]) return expand(b, x, shape);
    if (commutative.has(op) && ux !== undefined && ux === neutral[op]) return expand(b, y, shape);
    if (op === 'Mul' && (ux === 0 || uy === 0)) return b.fill(0, spec);
    if (op === 'Div' && uy !== undefined) return arithmetic(b, 'Mul', x, b.fill(1 / uy, y));
  }
  const left = scalarize(b, x, ux, y, shape);
  const right = scalarize(b, y, uy, x, shape);
  const fused = op === 'Add' ? (addBias(b, left, right) ?? addBias(b, right, left)) : undefined;
  if (fused !== undefined) return fused;
  if (op === 'Mul') {
    const scaled = ux !== undefined ? scale(b, right, ux) : uy !== undefined ? scale(b, left, uy) : undefined;
    if (scaled !== undefined) return expand(b, scaled, shape);
  }
  return b.op(op, [left, right], spec);
}

/** A uniform operand becomes a scalar where the other operand alone gives the result's shape. */
function scalarize(
  b: GraphBuilder,
  x: Value,
  uniform: number | undefined,
  other: Value,
  shape: readonly number[],
): Value {
  return uniform !== undefined && sameShape(other.shape, shape)
    ? b.fill(uniform, { shape: [], dtype: x.dtype })
    : x;
}

/** x * factor, merged into a scale or matrix product that makes x. */
function scale(b: GraphBuilder, x: Value, factor: number): Value | undefined {
  if (x.dtype !== 'float32') return undefined;
  const product = b.producer(x, 'FusedMatMul');
  if (product) {
    const alpha = (product.attributes['alpha'] as { float: number }).float * factor;
    return b.op(
      'FusedMatMul',
      product.inputs,
      x,
      { ...product.attributes, alpha: { float: alpha } },
      'com.microsoft',
    );
  }
  const mul = b.producer(x, 'Mul');
  const inner = mul?.inputs[1] ? b.uniform(mul.inputs[1]) : undefined;
  if (mul?.inputs[0] && inner !== undefined && sameShape(mul.inputs[0].shape, x.shape)) {
    return b.op('Mul', [mul.inputs[0], b.fill(inner * factor, { shape: [], dtype: 'float32' })], x);
  }
  return b.op('Mul', [x, b.fill(factor, { shape: [], dtype: 'float32' })], x);
}

/** Folds a per-channel bias into the Conv, or a row bias into the Gemm, that makes x. */
function addBias(b: GraphBuilder, x: Value, bias: Value): Value | undefined {
  const conv = b.producer(x, 'Conv');
  if (conv?.inputs.length === 2) {
    const channels = x.shape[1]!;
    const vector = b.producer(bias, 'Reshape')?.inputs[0];
    const perChannel =
      bias.shape.length === 4 && bias.shape.every((extent, i) => extent === (i === 1 ? channels : 1));
    if (perChannel && vector && sameShape(vector.shape, [channels])) return withBias(b, conv, vector);
  }
  const gemm = b.producer(x, 'Gemm');
  if (gemm?.inputs.length === 2 && sameShape(bias.shape, [x.shape[1]!])) return withBias(b, gemm, bias);
  return undefined;
}

function withBias(b: GraphBuilder, node: Node, bias: Value): Value {
  return b.op(node.op, [...node.inputs, bias], node.outputs[0]!, node.attributes, node.domain);
}

export function add(b: GraphBuilder, x: Value, y: Value): Value {
  return arithmetic(b, 'Add', x, y);
}

export function mul(b: GraphBuilder, x: Value, y: Value): Value {
  return arithmetic(b, 'Mul', x, y);
}

const binary =
  (op: Arithmetic): Lowering =>
  (b, inputs) =>
    arithmetic(b, op, input(inputs, 'a'), input(inputs, 'b'));

const compare =
  (op: string, negate = false): Lowering =>
  (b, inputs) => {
    const [x, y] = [input(inputs, 'a'), input(inputs, 'b')];
    const spec = { shape: broadcastShapes(x.shape, y.shape), dtype: 'bool' as IrDType };
    const result = b.op(op, [x, y], spec);
    return negate ? b.op('Not', [result], spec) : result;
  };

/** Remainder with the sign of the divisor, as TF.js and Python take it. */
function mod(b: GraphBuilder, x: Value, y: Value): Value {
  const shape = broadcastShapes(x.shape, y.shape);
  const spec = { shape, dtype: x.dtype };
  if (x.dtype === 'int32') return b.op('Mod', [x, y], spec);
  const truncated = (numerator: Value): Value => b.op('Mod', [numerator, y], spec, { fmod: 1 });
  const negative = (v: Value): Value =>
    b.op('Less', [v, b.fill(0, { shape: [], dtype: v.dtype })], { shape: v.shape, dtype: 'bool' });
  const remainder = truncated(x);
  const signsDiffer = b.op('Xor', [negative(x), negative(y)], { shape, dtype: 'bool' });
  return b.op('Where', [signsDiffer, truncated(b.op('Add', [remainder, y], spec)), remainder], spec);
}

/** floor(x / y) as int32, also of float32 operands, as TF.js gives it. */
function floorDiv(b: GraphBuilder, x: Value, y: Value): Value {
  if (x.dtype !== 'int32') {
    const quotient = arithmetic(b, 'Div', x, y);
    return cast(b, b.op('Floor', [quotient], quotient), 'int32');
  }
  const spec = { shape: broadcastShapes(x.shape, y.shape), dtype: x.dtype };
  return b.op('Div', [b.op('Sub', [x, mod(b, x, y)], spec), y], spec);
}

/** condition ? t : e. ONNX Runtime's Where takes no booleans. */
function select(b: GraphBuilder, condition: Value, t: Value, e: Value): Value {
  const shape = broadcastShapes(condition.shape, broadcastShapes(t.shape, e.shape));
  const spec = { shape, dtype: t.dtype };
  if (t.dtype !== 'bool') return b.op('Where', [condition, t, e], spec);
  const otherwise = b.op('Not', [condition], condition);
  return b.op('Or', [b.op('And', [condition, t], spec), b.op('And', [otherwise, e], spec)], spec);
}

export const elementwiseKernels: KernelTable = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  Mod: (b, inputs) => mod(b, input(inputs, 'a'), input(inputs, 'b')),
  FloorDiv: (b, inputs) => floorDiv(b, input(inputs, 'a'), input(inputs, 'b')),
  AddN: (b, inputs) => listInputs(inputs).reduce((sum, value) => add(b, sum, value)),
  SquaredDifference: (b, inputs) => {
    const difference = arithmetic(b, 'Sub', input(inputs, 'a'), input(inputs, 'b'));
    return mul(b, difference, difference);
  },
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  Equal: compare('Equal'),
  NotEqual: compare('Equal', true),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  Select: (b, inputs) =>
    select(b, cast(b, input(inputs, 'condition'), 'bool'), input(inputs, 't'), input(inputs, 'e')),
};
