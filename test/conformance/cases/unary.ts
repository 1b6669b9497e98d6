// Functions of one tensor: scalars and tensors, away from the points where they or their gradients jump.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../src/engine/engine.ts';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(2);

type Unary = (x: tf.Tensor) => tf.Tensor;

const special: HostTensor = {
  shape: [7],
  dtype: 'float32',
  data: Float32Array.of(0, 1, -1, Infinity, -Infinity, NaN, 3.5),
};

/** Tensors of several ranks with numbers in low..high, and a uniform constant in the middle of them. */
function over(run: Unary, low: number, high: number, options: { gradients?: boolean } = {}): Case[] {
  const { gradients = true } = options;
  const shapes = [[], [1], [3, 4], [2, 1, 3, 2]];
  const middle = 0.4 * low + 0.6 * high;
  return [
    ...shapes.map((shape): Case => ({
      name: `[${shape.join()}]`,
      inputs: [random.float(shape, low, high)],
      run: (x) => run(x),
      gradients,
    })),
    { name: 'constant', inputs: [random.float([3])], run: (x) => tf.add(x, run(tf.fill([3], middle))) },
  ];
}

function integers(run: Unary): Case {
  return { name: 'int32', inputs: [random.int([3, 4])], run: (x) => run(x) };
}

export const unaryCases: ConformanceTable = {
  Neg: [...over(tf.neg, -2, 2), integers(tf.neg)],
  LogicalNot: [
    { name: 'bool', inputs: [random.bool([3, 2])], run: (x) => tf.logicalNot(x) },
    { name: 'computed', inputs: [random.float([5])], run: (x) => tf.logicalNot(tf.greater(x, 0)) },
  ],
  Abs: [...over(tf.abs, -2, 2), integers(tf.abs)],
  Sign: [...over(tf.sign, -2, 2), { name: 'zero', inputs: [], run: () => tf.sign(tf.tensor([0, 1, -3])) }],
  Square: [...over(tf.square, -2, 2), integers(tf.square)],
  Sqrt: over(tf.sqrt, 0.1, 3),
  Rsqrt: over(tf.rsqrt, 0.1, 3),
  Reciprocal: over(tf.reciprocal, 0.3, 3),
  Floor: over(tf.floor, -3, 3),
  Ceil: over(tf.ceil, -3, 3),
  Round: [
    ...over(tf.round, -3, 3),
    { name: 'halves go to even', inputs: [], run: () => tf.round(tf.tensor([0.5, 1.5, 2.5, -0.5, -1.5])) },
  ],
  ClipByValue: [
    ...over((x) => tf.clipByValue(x, -0.7, 1.1), -2, 2),
    integers((x) => tf.clipByValue(x, -2, 3)),
    { name: 'one-sided', inputs: [random.float([6])], run: (x) => tf.clipByValue(x, 0, Infinity) },
  ],
  IsNan: [{ name: 'special values', inputs: [special], run: (x) => tf.isNaN(x) }],
  IsInf: [{ name: 'special values', inputs: [special], run: (x) => tf.isInf(x) }],
  IsFinite: [{ name: 'special values', inputs: [special], run: (x) => tf.isFinite(x) }],
  Exp: over(tf.exp, -3, 3),
  Expm1: [
    ...over(tf.expm1, -3, 3),
    { name: 'small', inputs: [random.float([9], -1e-4, 1e-4)], run: (x) => tf.expm1(x) },
  ],
  Log: over(tf.log, 0.1, 5),
  Log1p: [
    ...over(tf.log1p, -0.9, 3),
    { name: 'small', inputs: [random.float([9], -1e-4, 1e-4)], run: (x) => tf.log1p(x) },
    { name: 'large', inputs: [random.float([9], 1e4, 1e8)], run: (x) => tf.log1p(x) },
  ],
  Erf: over(tf.erf, -2, 2),
  Sin: over(tf.sin, -6, 6),
  Cos: over(tf.cos, -6, 6),
  Tan: over(tf.tan, -1, 1),
  Asin: over(tf.asin, -0.9, 0.9),
  Acos: over(tf.acos, -0.9, 0.9),
  Atan: over(tf.atan, -3, 3),
  Sinh: over(tf.sinh, -2, 2),
  Cosh: over(tf.cosh, -2, 2),
  Tanh: over(tf.tanh, -3, 3),
  Asinh: over(tf.asinh, -3, 3),
  Acosh: over(tf.acosh, 1.1, 4),
  Atanh: over(tf.atanh, -0.9, 0.9),
  Sigmoid: over(tf.sigmoid, -5, 5),
  Softplus: over(tf.softplus, -5, 5),
  Step: [
    ...over(tf.step, -2, 2),
    ...over((x) => tf.step(x, 0.3), -2, 2).map(renamed('alpha 0.3')),
    integers(tf.step),
  ],
  Relu: [...over(tf.relu, -2, 2), integers(tf.relu)],
  Relu6: over(tf.relu6, -2, 8),
  LeakyRelu: over((x) => tf.leakyRelu(x, 0.15), -2, 2),
  Prelu: [
    {
      name: 'slope per channel',
      inputs: [random.float([2, 3, 4]), random.float([4], 0, 1)],
      run: (x, slope) => tf.prelu(x, slope),
      gradients: true,
    },
  ],
  Elu: over(tf.elu, -2, 2),
  EluGrad: [{ name: 'of elu', inputs: [random.float([3, 4])], run: (x) => tf.grad(tf.elu)(x) }],
  Selu: over(tf.selu, -2, 2),
};

function renamed(label: string): (item: Case) => Case {
  return (item) => ({ ...item, name: `${label}, ${item.name}` });
}
