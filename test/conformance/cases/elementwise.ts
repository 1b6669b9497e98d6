// Arithmetic, comparisons, logic and selection: all kinds of operands, broadcast both ways.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../src/engine/engine.ts';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(1);

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Make = (shape: readonly number[]) => HostTensor;

/** Pairs of shapes that broadcast: by hand where it is tricky, then at random. */
const shapePairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[3, 4], []],
  [[], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[1], [5]],
  [[1, 1], [1]],
  ...[1, 2, 3, 4].map((rank) => {
    const shape = random.shape(rank);
    return [shape, random.broadcastable(shape)] as const;
  }),
  ...[2, 3].map((rank) => {
    const shape = random.shape(rank);
    return [random.broadcastable(shape), shape] as const;
  }),
];

function pairs(
  run: Binary,
  left: Make,
  right: Make,
  options: { gradients?: boolean; label?: string } = {},
): Case[] {
  const { gradients = false, label = '' } = options;
  return shapePairs.map(([a, b]) => ({
    name: `${label}[${a.join()}] and [${b.join()}]`,
    inputs: [left(a), right(b)],
    run,
    gradients,
  }));
}

/** A tensor and a uniform constant, on either side, of its own, a smaller and a larger shape. */
function constants(run: Binary, make: Make, values: readonly number[]): Case[] {
  const shapes = [[], [3], [1, 3], [2, 3], [4, 1, 1], [4, 2, 3]];
  return values.flatMap((value) =>
    shapes.flatMap((shape): Case[] => {
      const fill = (): tf.Tensor => tf.fill(shape, value, 'float32');
      const label = `[2,3] and ${String(value)} everywhere in [${shape.join()}]`;
      return [
        {
          name: `${label}, on the right`,
          inputs: [make([2, 3])],
          run: (x) => run(x, fill()),
          gradients: true,
        },
        {
          name: `${label}, on the left`,
          inputs: [make([2, 3])],
          run: (x) => run(fill(), x),
          gradients: true,
        },
      ];
    }),
  );
}

const float: Make = (shape) => random.float(shape);
const positive: Make = (shape) => random.float(shape, 0.5, 3);
const int: Make = (shape) => random.int(shape);
const nonzero: Make = (shape) => random.int(shape, 1, 4);
const negative: Make = (shape) => random.int(shape, -4, -1);
const bool: Make = (shape) => random.bool(shape);

/** TF.js's own gradients of these do not broadcast: only same-shape cases keep them. */
function withoutBroadcastGradients(cases: readonly Case[]): Case[] {
  return cases.map((item) => ({
    ...item,
    gradients: item.gradients === true && /^\[([\d,]*)\] and .*\[\1\]/.test(item.name),
  }));
}

/** Float32 and int32 operands, and constants that the lowering may fold. */
const arithmetic = (run: Binary, values: readonly number[] = [0, 1, -1, 0.3]): Case[] => [
  ...pairs(run, float, float, { gradients: true }),
  ...pairs(run, int, int, { label: 'int32 ' }),
  ...constants(run, positive, values),
];

const comparison = (run: Binary): Case[] => [
  ...pairs(run, int, int, { label: 'int32 ' }),
  ...pairs(run, float, float),
  { name: 'constant', inputs: [int([2, 3])], run: (x) => run(x, tf.scalar(1, 'int32')) },
];

const logic = (run: Binary): Case[] => [
  ...pairs(run, bool, bool),
  { name: 'constant', inputs: [bool([2, 3])], run: (x) => run(x, tf.scalar(true, 'bool')) },
];

const chains: readonly Case[] = [
  {
    name: 'a bias after a product and after a convolution, each used without it too',
    inputs: [float([3, 4]), float([4, 5]), float([5]), float([1, 2, 4, 4]), float([3, 3, 2, 3]), float([3])],
    run: (a, b, bias, image, filter, channels) => {
      const product = tf.matMul(a, b);
      const conv = tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 1, 'NCHW');
      return [
        tf.add(product, bias),
        tf.add(bias, product),
        tf.add(tf.add(product, bias), bias),
        product,
        tf.add(conv, tf.reshape(channels, [1, 3, 1, 1])),
        tf.add(tf.reshape(channels, [1, 3, 1, 1]), conv),
        conv,
      ];
    },
    gradients: true,
  },
  {
    name: 'a bias with more rows than the product, and more images than the convolution',
    inputs: [
      float([1, 4]),
      float([4, 3]),
      float([2, 3]),
      float([1, 2, 3, 3]),
      float([1, 1, 2, 3]),
      float([2, 3]),
    ],
    run: (a, b, rows, image, filter, bias) => {
      const conv = tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 0, 'NCHW');
      return [tf.add(tf.matMul(a, b), rows), tf.add(conv, tf.reshape(bias, [2, 3, 1, 1]))];
    },
    gradients: true,
  },
  {
    name: 'a square product and a bias that looks like a column',
    inputs: [float([3, 3]), float([3, 3]), float([3, 1])],
    run: (a, b, bias) => tf.add(tf.matMul(a, b), bias),
    gradients: true,
  },
];

const scales: readonly Case[] = [
  {
    name: 'chained scales, of a product too',
    inputs: [float([2, 3, 4]), float([2, 4, 3])],
    run: (a, b) => {
      const product = tf.mul(tf.matMul(a, b), 0.5);
      return [product, tf.mul(product, 3), tf.div(tf.mul(tf.mul(a, 2), -0.25), 7)];
    },
    gradients: true,
  },
  {
    name: 'a scale that broadcasts',
    inputs: [float([3])],
    run: (x) => tf.mul(tf.mul(x, 2), tf.fill([2, 3], 1.5)),
    gradients: true,
  },
];

export const elementwiseCases: ConformanceTable = {
  Add: [...arithmetic(tf.add), ...chains],
  Sub: arithmetic(tf.sub),
  Multiply: [...arithmetic(tf.mul), ...scales],
  RealDiv: [
    ...pairs(tf.div, float, positive, { gradients: true }),
    ...constants(tf.div, positive, [1, -1, 0.3]),
    {
      name: 'by zero',
      inputs: [float([3])],
      run: (x) => [tf.div(x, 0), tf.div(0, x), tf.div(x, tf.zerosLike(x))],
    },
  ],
  FloorDiv: [
    ...pairs(tf.floorDiv, float, positive),
    ...pairs(tf.floorDiv, int, nonzero, { label: 'int32 ' }),
    ...pairs(tf.floorDiv, int, negative, { label: 'int32 by negative ' }),
    { name: 'integers by tf.div', inputs: [int([8]), nonzero([8])], run: tf.div },
  ],
  Mod: [
    ...pairs(tf.mod, float, positive, { gradients: true }),
    ...pairs(tf.mod, positive, (shape) => random.float(shape, -2, -0.5), { label: 'negative divisor ' }),
    ...pairs(tf.mod, int, nonzero, { label: 'int32 ' }),
    ...pairs(tf.mod, int, negative, { label: 'int32 by negative ' }),
  ],
  Maximum: withoutBroadcastGradients(arithmetic(tf.maximum, [0, 1])),
  Minimum: withoutBroadcastGradients(arithmetic(tf.minimum, [0, 1])),
  Pow: [
    ...pairs(tf.pow, positive, float, { gradients: true }),
    ...constants(tf.pow, positive, [0, 1, 2, 0.5, -1]),
    { name: 'negative bases', inputs: [float([6])], run: (x) => [tf.pow(x, 2), tf.pow(x, 3), tf.pow(x, -1)] },
  ],
  AddN: [
    {
      name: 'three',
      inputs: [float([2, 3]), float([2, 3]), float([2, 3])],
      run: (...xs) => tf.addN(xs),
      gradients: true,
    },
    { name: 'one, integers', inputs: [int([4])], run: (x) => tf.addN([x]) },
  ],
  SquaredDifference: [
    ...withoutBroadcastGradients(pairs(tf.squaredDifference, float, float, { gradients: true })),
    ...pairs(tf.squaredDifference, int, int, { label: 'int32 ' }),
  ],
  Greater: comparison(tf.greater),
  GreaterEqual: comparison(tf.greaterEqual),
  Less: comparison(tf.less),
  LessEqual: comparison(tf.lessEqual),
  Equal: [...comparison(tf.equal), ...pairs(tf.equal, bool, bool, { label: 'bool ' })],
  NotEqual: [...comparison(tf.notEqual), ...pairs(tf.notEqual, bool, bool, { label: 'bool ' })],
  LogicalAnd: logic(tf.logicalAnd),
  LogicalOr: [...logic(tf.logicalOr), ...pairs(tf.logicalXor, bool, bool, { label: 'xor ' })],
  Select: [
    ...[[], [2, 3], [1, 4, 2]].map((shape): Case => ({
      name: `[${shape.join()}]`,
      inputs: [random.bool(shape), float(shape), float(shape)],
      run: (condition, a, b) => tf.where(condition, a, b),
    })),
    {
      name: 'gradients',
      inputs: [bool([2, 3]), float([2, 3]), float([2, 3])],
      run: (condition, a, b) => tf.where(condition, tf.mul(a, 2), b),
      gradients: true,
    },
    {
      name: 'all three broadcast',
      inputs: [bool([2, 1]), float([1, 3]), float([])],
      run: (condition, a, b) => tf.where(condition, a, b),
    },
    { name: 'integers', inputs: [bool([5]), int([5]), int([5])], run: (c, a, b) => tf.where(c, a, b) },
    { name: 'booleans', inputs: [bool([5]), bool([5]), bool([5])], run: (c, a, b) => tf.where(c, a, b) },
    { name: 'constants', inputs: [bool([5])], run: (c) => tf.where(c, tf.ones([5]), tf.zeros([5])) },
  ],
};
