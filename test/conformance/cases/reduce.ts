// Reductions over all kinds of axes, running sums and softmax.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../src/engine/engine.ts';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(4);

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const geometries: readonly (readonly [shape: readonly number[], axis: number | number[] | undefined])[] = [
  [[], undefined],
  [[5], 0],
  [[2, 3], undefined],
  [[2, 3], 0],
  [[2, 3], -1],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4],
    [2, 1],
  ],
  [
    [2, 3, 4],
    [-1, 0],
  ],
  [[2, 1, 3], 1],
  [
    [1, 4, 1, 2],
    [0, 2],
  ],
  [
    [1, 4, 1, 2],
    [1, 2],
  ],
];

function reductions(
  run: Reduction,
  make: (shape: readonly number[]) => HostTensor,
  gradients = false,
): Case[] {
  return geometries.flatMap(([shape, axis]) =>
    [false, true].map((keepDims): Case => {
      const tensor = make(shape);
      const axes = axis === undefined ? 'all' : String(axis);
      return {
        name: `${tensor.dtype}[${shape.join()}] over ${axes}${keepDims ? ', kept' : ''}`,
        inputs: [tensor],
        run: (x) => run(x, axis, keepDims),
        gradients,
      };
    }),
  );
}

const float = (shape: readonly number[]): HostTensor => random.float(shape);
const int = (shape: readonly number[]): HostTensor => random.int(shape);
const bool = (shape: readonly number[]): HostTensor => random.bool(shape);

function constant(run: Reduction): Case {
  return {
    name: 'constants',
    inputs: [],
    run: () => [
      run(tf.fill([2, 3], 1.5)),
      run(tf.fill([2, 3], 1.5), 0, true),
      run(tf.fill([2, 3], 2, 'int32'), 1),
    ],
  };
}

const arithmetic = (run: Reduction, gradients = true): Case[] => [
  ...reductions(run, float, gradients),
  ...reductions(run, int),
  constant(run),
];

const ties: HostTensor = { shape: [2, 4], dtype: 'float32', data: Float32Array.of(1, 3, 3, 0, 2, 2, 2, 2) };

const argument = (run: (x: tf.Tensor, axis?: number) => tf.Tensor): Case[] => [
  ...[0, 1, 2, -1].flatMap((axis): Case[] => [
    { name: `axis ${String(axis)}`, inputs: [float([2, 3, 4])], run: (x) => run(x, axis) },
    { name: `axis ${String(axis)}, int32`, inputs: [int([2, 3, 4])], run: (x) => run(x, axis) },
  ]),
  { name: 'the first of equals', inputs: [ties], run: (x) => [run(x, 1), run(tf.neg(x), 1)] },
];

export const reduceCases: ConformanceTable = {
  Sum: [
    ...arithmetic(tf.sum),
    { name: 'of booleans', inputs: [bool([3, 4])], run: (x) => [tf.sum(x), tf.sum(x, 1)] },
    {
      name: 'gradients summed back over broadcast axes',
      inputs: [float([2, 1, 3]), float([4, 1]), float([])],
      run: (a, b, c) => tf.mul(tf.add(a, b), c),
      gradients: true,
    },
  ],
  Mean: [
    ...arithmetic(tf.mean),
    {
      name: 'moments',
      inputs: [float([3, 4])],
      run: (x) => [tf.moments(x, 1).mean, tf.moments(x, 1, true).variance],
      gradients: true,
    },
  ],
  Max: [
    ...arithmetic(tf.max),
    { name: 'of equals', inputs: [ties], run: (x) => tf.max(x, 1), gradients: true },
  ],
  Min: [
    ...arithmetic(tf.min),
    { name: 'of equals', inputs: [ties], run: (x) => tf.min(x, 1), gradients: true },
  ],
  Prod: arithmetic(tf.prod, false),
  All: reductions(tf.all, bool),
  Any: reductions(tf.any, bool),
  ArgMax: argument(tf.argMax),
  ArgMin: argument(tf.argMin),
  Cumsum: [0, 1, 2].flatMap((axis) =>
    [0, 1, 2, 3].map((flags): Case => {
      const [exclusive, reverse] = [(flags & 1) === 1, (flags & 2) === 2];
      return {
        name: `axis ${String(axis)}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
        inputs: [float([3, 3, 3]), int([3, 3, 3])],
        run: (...xs) => xs.map((x) => tf.cumsum(x, axis, exclusive, reverse)),
        gradients: true,
      };
    }),
  ),
  Softmax: [
    ...[[5], [2, 3], [2, 1, 4], [3, 1]].map((shape): Case => ({
      name: `[${shape.join()}]`,
      inputs: [random.float(shape, -5, 5)],
      run: (x) => tf.softmax(x),
      gradients: true,
    })),
    { name: 'large logits', inputs: [random.float([2, 3], 500, 900)], run: (x) => tf.softmax(x) },
  ],
};
