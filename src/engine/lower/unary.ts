// Functions of one tensor, element by element: arithmetic, exponentials, trigonometry, activations. Those of a
// uniform constant are computed at once.
import type { GraphBuilder } from '../graph/builder.ts';
import { broadcastShapes, type Value } from '../graph/ir.ts';
import { arithmetic, add, mul } from './elementwise.ts';
import { cosine, sine } from './polynomial-angles.ts';
import { input, type KernelTable, type Lowering } from './kernel-table.ts';

/** One ONNX operator; `number` is the same function of a number. */
const unary =
  (op: string, number?: (x: number) => number): Lowering =>
  (b, inputs) => {
    const x = input(inputs, 'x');
    const uniform = b.uniform(x);
    if (number && uniform !== undefined && x.dtype === 'float32')
      return b.fill(Math.fround(number(uniform)), x);
    return b.op(op, [x], x);
  };

/** The operator, or the polynomial where the graph's device needs it. */
const angle =
  (op: string, number: (x: number) => number, polynomial: (b: GraphBuilder, x: Value) => Value): Lowering =>
  (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    return b.options.polynomialAngles === true && b.uniform(x) === undefined
      ? polynomial(b, x)
      : unary(op, number)(b, inputs, attrs);
  };

/** An ONNX operator that tells something about each element. */
const predicate =
  (op: string): Lowering =>
  (b, inputs) => {
    const x = input(inputs, 'x');
    return b.op(op, [x], { shape: x.shape, dtype: 'bool' });
  };

function scalar(b: GraphBuilder, x: Value, value: number): Value {
  return b.fill(value, { shape: [], dtype: x.dtype });
}

function isPositive(b: GraphBuilder, x: Value): Value {
  return b.op('Greater', [x, scalar(b, x, 0)], { shape: x.shape, dtype: 'bool' });
}

/** x > 0 ? 1 : alpha, the derivative of relu-like functions. */
const step: Lowering = (b, inputs, attrs) => {
  const x = input(inputs, 'x');
  const alpha = (attrs['alpha'] as number | undefined) ?? 0;
  return b.op('Where', [isPositive(b, x), scalar(b, x, 1), scalar(b, x, alpha)], x);
};

function clip(b: GraphBuilder, x: Value, low: number, high: number): Value {
  return b.op('Clip', [x, scalar(b, x, low), scalar(b, x, high)], x);
}

/** exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which keeps its digits near 0. */
const expm1: Lowering = (b, inputs) => {
  const x = input(inputs, 'x');
  const half = b.op('Tanh', [mul(b, x, scalar(b, x, 0.5))], x);
  return mul(b, half, add(b, b.op('Exp', [x], x), scalar(b, x, 1)));
};

/** log(1 + x), near 0 as 2 atanh(x / (x + 2)), which keeps its digits there. */
const log1p: Lowering = (b, inputs) => {
  const x = input(inputs, 'x');
  const ratio = arithmetic(b, 'Div', x, add(b, x, scalar(b, x, 2)));
  const near = mul(b, b.op('Atanh', [ratio], x), scalar(b, x, 2));
  const far = b.op('Log', [add(b, x, scalar(b, x, 1))], x);
  const magnitude = b.op('Abs', [x], x);
  const isNear = b.op('Less', [magnitude, scalar(b, x, 0.5)], { shape: x.shape, dtype: 'bool' });
  return b.op('Where', [isNear, near, far], x);
};

/** x >= 0 ? x : slope * x; the slope broadcasts. */
function leakyRelu(b: GraphBuilder, x: Value, slope: Value): Value {
  const spec = { shape: broadcastShapes(x.shape, slope.shape), dtype: x.dtype };
  return b.op('Where', [isPositive(b, x), x, mul(b, x, slope)], spec);
}

export const unaryKernels: KernelTable = {
  Neg: (b, inputs) => mul(b, input(inputs, 'x'), scalar(b, input(inputs, 'x'), -1)),
  LogicalNot: predicate('Not'),
  Abs: unary('Abs', Math.abs),
  Sign: unary('Sign', Math.sign),
  Square: (b, inputs) => mul(b, input(inputs, 'x'), input(inputs, 'x')),
  Sqrt: unary('Sqrt', Math.sqrt),
  Rsqrt: (b, inputs) => {
    const x = input(inputs, 'x');
    return b.op('Reciprocal', [b.op('Sqrt', [x], x)], x);
  },
  Reciprocal: unary('Reciprocal', (x) => 1 / x),

  Floor: unary('Floor', Math.floor),
  Ceil: unary('Ceil', Math.ceil),
  Round: unary('Round'),
  ClipByValue: (b, inputs, attrs) =>
    clip(b, input(inputs, 'x'), attrs['clipValueMin'] as number, attrs['clipValueMax'] as number),
  IsNan: predicate('IsNaN'),
  IsInf: predicate('IsInf'),
  IsFinite: (b, inputs) => {
    const x = input(inputs, 'x');
    const spec = { shape: x.shape, dtype: 'bool' as const };
    const bad = b.op('Or', [b.op('IsNaN', [x], spec), b.op('IsInf', [x], spec)], spec);
    return b.op('Not', [bad], spec);
  },

  Exp: unary('Exp', Math.exp),
  Expm1: expm1,
  Log: unary('Log', Math.log),
  Log1p: log1p,
  Erf: unary('Erf'),

  Sin: angle('Sin', Math.sin, sine),
  Cos: angle('Cos', Math.cos, cosine),
  Tan: unary('Tan', Math.tan),
  Asin: unary('Asin', Math.asin),
  Acos: unary('Acos', Math.acos),
  Atan: unary('Atan', Math.atan),
  Sinh: unary('Sinh', Math.sinh),
  Cosh: unary('Cosh', Math.cosh),
  Tanh: unary('Tanh', Math.tanh),
  Asinh: unary('Asinh', Math.asinh),
  Acosh: unary('Acosh', Math.acosh),
  Atanh: unary('Atanh', Math.atanh),

  Sigmoid: unary('Sigmoid'),
  Softplus: unary('Softplus'),
  Step: step,
  Relu: unary('Relu', (x) => Math.max(x, 0)),
  Relu6: (b, inputs) => clip(b, input(inputs, 'x'), 0, 6),
  LeakyRelu: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    return leakyRelu(b, x, scalar(b, x, attrs['alpha'] as number));
  },
  Prelu: (b, inputs) => leakyRelu(b, input(inputs, 'x'), input(inputs, 'alpha')),
  Elu: unary('Elu'),
  /** dy * (y >= 0 ? 1 : y + 1), of y = elu(x). */
  EluGrad: (b, inputs) => {
    const y = input(inputs, 'y');
    const slope = b.op('Where', [isPositive(b, y), scalar(b, y, 1), add(b, y, scalar(b, y, 1))], y);
    return mul(b, input(inputs, 'dy'), slope);
  },
  Selu: unary('Selu'),
};
