// Shape and layout: numbers only move, so integers and booleans go through the same cases, and gradients with them.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../src/engine/engine.ts';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(3);

type Layout = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

/** One tensor of every dtype, a uniform constant, and the gradient. */
function moves(name: string, shape: readonly number[], run: Layout): Case[] {
  return [
    { name, inputs: [random.float(shape)], run, gradients: true },
    ...[random.int(shape), random.bool(shape)].map((tensor: HostTensor): Case => ({
      name: `${name}, ${tensor.dtype}`,
      inputs: [tensor],
      run,
    })),
    { name: `${name}, constant`, inputs: [], run: () => run(tf.fill([...shape], 2.5)) },
  ];
}

const permutations: readonly (readonly [shape: readonly number[], perm: number[]])[] = [
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 1, 3, 1],
    [0, 3, 2, 1],
  ],
  [
    [1, 3, 1, 2],
    [3, 2, 0, 1],
  ],
  [
    [2, 3, 1, 2, 2],
    [4, 2, 0, 1, 3],
  ],
];

const paddings: [number, number][] = [
  [1, 0],
  [0, 2],
];

export const layoutCases: ConformanceTable = {
  Identity: [...moves('clone', [2, 3], (x) => tf.clone(x)), ...moves('scalar', [], (x) => tf.clone(x))],
  Reshape: [
    ...moves('inferred extent', [2, 3, 4], (x) => tf.reshape(x, [4, -1])),
    ...moves('to a scalar', [1, 1], (x) => tf.reshape(x, [])),
    ...moves('from a scalar', [], (x) => tf.reshape(x, [1, 1, 1])),
    ...moves('of a reshape, and back', [2, 6], (x) => tf.reshape(tf.reshape(x, [3, 4]), [2, 6])),
    ...moves('squeeze', [1, 3, 1, 2], (x) => tf.squeeze(x, [2])),
    ...moves('between transposes', [2, 3, 4], (x) => tf.transpose(tf.reshape(tf.transpose(x), [2, 12]))),
  ],
  ExpandDims: [0, 1, 2, -1, -3].flatMap((axis) =>
    moves(`axis ${String(axis)}`, [2, 3], (x) => tf.expandDims(x, axis)),
  ),
  Transpose: [
    ...permutations.flatMap(([shape, perm]) =>
      moves(`[${shape.join()}] by [${perm.join()}]`, shape, (x) => tf.transpose(x, perm)),
    ),
    ...moves('twice, with a rest', [2, 3, 4], (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [0, 2, 1])),
    ...moves('and back', [2, 3, 4], (x) => tf.transpose(tf.transpose(x, [1, 2, 0]), [2, 0, 1])),
  ],
  Cast: [
    { name: 'int32 to float32', inputs: [random.int([2, 3])], run: (x) => tf.cast(x, 'float32') },
    {
      name: 'float32 to int32 truncates',
      inputs: [random.float([9], -3, 3)],
      run: (x) => tf.cast(x, 'int32'),
    },
    { name: 'int32 to bool', inputs: [random.int([9], -1, 1)], run: (x) => tf.cast(x, 'bool') },
    { name: 'float32 to bool', inputs: [random.float([9])], run: (x) => tf.cast(tf.relu(x), 'bool') },
    { name: 'bool to int32', inputs: [random.bool([9])], run: (x) => tf.cast(x, 'int32') },
    { name: 'bool to float32', inputs: [random.bool([9])], run: (x) => tf.cast(x, 'float32') },
    {
      name: 'constants',
      inputs: [],
      run: () => [tf.cast(tf.fill([2], -1.7), 'int32'), tf.cast(tf.scalar(0.5), 'bool')],
    },
    { name: 'mixed operands', inputs: [random.int([3]), random.float([3])], run: (a, b) => tf.mul(a, b) },
  ],
  Tile: [
    ...moves('[2,3] by [2,1]', [2, 3], (x) => tf.tile(x, [2, 1])),
    ...moves('[2,1,2] by [1,3,2]', [2, 1, 2], (x) => tf.tile(x, [1, 3, 2])),
    ...moves('unit extents only', [1, 3], (x) => tf.tile(x, [4, 1])),
    ...moves('broadcastTo', [2, 1], (x) => tf.broadcastTo(x, [2, 2, 3])),
    ...moves('broadcastTo from a scalar', [], (x) => tf.broadcastTo(x, [2, 3])),
  ],
  Slice: [
    ...moves('with an open end', [4, 5], (x) => tf.slice(x, [1, 2], [2, -1])),
    ...moves('first axis only', [4, 5], (x) => tf.slice(x, 1, 2)),
    ...moves('whole', [2, 3], (x) => tf.slice(x, [0, 0], [2, 3])),
    ...moves('unit extents', [3, 1, 4], (x) => tf.slice(x, [2, 0, 3], [1, 1, 1])),
  ],
  StridedSlice: [
    ...[
      { name: 'every second', begin: [0, 0], end: [4, 5], strides: [2, 2] },
      { name: 'backwards', begin: [3, 4], end: [0, 0], strides: [-1, -2], beginMask: 0, endMask: 2 },
      {
        name: 'backwards through the border',
        begin: [3, 4],
        end: [0, 0],
        strides: [-2, -1],
        beginMask: 3,
        endMask: 3,
      },
      { name: 'negative bounds', begin: [-3, -4], end: [-1, 9], strides: [1, 3] },
    ].flatMap(({ name, begin, end, strides, beginMask = 0, endMask = 0 }) =>
      strided(name, (x) => tf.stridedSlice(x, begin, end, strides, beginMask, endMask)),
    ),
    ...strided('new axis', (x) => tf.stridedSlice(x, [0, 1, 0], [1, 4, 4], [1, 1, 2], 0, 0, 0, 1)),
    ...strided('dropped axis', (x) => tf.stridedSlice(x, [2, 1], [3, 4], [1, 1], 0, 0, 0, 0, 1)),
  ],
  Concat: [
    ...[0, 1, -1].map((axis): Case => ({
      name: `axis ${String(axis)}`,
      inputs: [random.float([2, 3]), random.float([2, 3])],
      run: (a, b) => tf.concat([a, b], axis),
      gradients: true,
    })),
    {
      name: 'different extents and a constant',
      inputs: [random.float([2, 1, 3]), random.float([2, 2, 3])],
      run: (a, b) => tf.concat([a, tf.ones([2, 3, 3]), b], 1),
      gradients: true,
    },
    { name: 'int32', inputs: [random.int([2]), random.int([3])], run: (a, b) => tf.concat([a, b]) },
    { name: 'bool', inputs: [random.bool([2]), random.bool([3])], run: (a, b) => tf.concat([a, b]) },
    {
      name: 'more than ten parts keep their order',
      inputs: Array.from({ length: 12 }, () => random.float([2])),
      run: (...parts) => tf.concat(parts),
      gradients: true,
    },
  ],
  SplitV: [
    ...moves('equal parts', [2, 6], (x) => tf.split(x, 3, 1)),
    ...moves('sizes', [5, 2], (x) => tf.split(x, [1, 4], 0)),
    ...moves('rest, negative axis', [2, 6], (x) => tf.split(x, [1, -1, 2], -1)),
  ],
  Pack: [0, 1, 2, -1].map((axis) => ({
    name: `axis ${String(axis)}`,
    inputs: [random.float([2, 3]), random.float([2, 3])],
    run: (a, b) => tf.stack([a, b], axis),
    gradients: true,
  })),
  Unpack: [0, 1, -1].flatMap((axis) => moves(`axis ${String(axis)}`, [2, 3], (x) => tf.unstack(x, axis))),
  PadV2: [
    ...moves('both axes', [2, 3], (x) => tf.pad(x, paddings)),
    ...moves('with a value', [2, 3], (x) => tf.pad(x, paddings, 1)),
    ...moves('by nothing', [2], (x) => tf.pad(x, [[0, 0]])),
  ],
  MirrorPad: (['reflect', 'symmetric'] as const).flatMap((mode) =>
    moves(mode, [3, 4], (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 1],
          [0, 2],
        ],
        mode,
      ),
    ),
  ),
  Reverse: [
    ...moves('one axis', [2, 3, 4], (x) => tf.reverse(x, 1)),
    ...moves('negative axis', [2, 3, 4], (x) => tf.reverse(x, -1)),
    ...moves('all axes', [2, 3], (x) => tf.reverse(x)),
    ...moves('some axes', [2, 1, 4], (x) => tf.reverse(x, [0, 2])),
  ],
  Fill: [
    { name: 'float32', inputs: [], run: () => tf.fill([2, 3], 0.1) },
    { name: 'int32', inputs: [], run: () => tf.fill([2, 3], -7, 'int32') },
    { name: 'bool, scalar', inputs: [], run: () => tf.fill([], 1, 'bool') },
  ],
  Range: [
    { name: 'up', inputs: [], run: () => tf.range(2, 7) },
    { name: 'down by a fraction', inputs: [], run: () => tf.range(1, -1, -0.3) },
    { name: 'int32', inputs: [random.int([4])], run: (x) => tf.add(x, tf.range(0, 4, 1, 'int32')) },
  ],
  LinSpace: [
    { name: 'five', inputs: [], run: () => tf.linspace(-1, 3, 5) },
    { name: 'one', inputs: [], run: () => tf.linspace(2, 3, 1) },
  ],
  ZerosLike: moves('any', [2, 3], (x) => tf.zerosLike(x)).map(withoutGradients),
  OnesLike: moves('any', [2, 3], (x) => tf.onesLike(x)).map(withoutGradients),
};

/** The case works on [4, 5]; TF.js has no gradient for it. */
function strided(name: string, run: Layout): Case[] {
  return moves(name, [4, 5], run).map(withoutGradients);
}

function withoutGradients(item: Case): Case {
  return { ...item, gradients: false };
}
