// Matrix products with every kind of transposition and batch, gathers, one-hot rows and sums of segments.
import * as tf from '@tensorflow/tfjs-core';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(5);

const transpositions = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** a [..., 3, 4] times b [..., 4, 2], stored transposed where the flags say so. */
function products(batchA: readonly number[], batchB: readonly number[], gradients = true): Case[] {
  return transpositions.flatMap(([ta, tb]): Case[] => {
    const a = [...batchA, ...(ta ? [4, 3] : [3, 4])];
    const b = [...batchB, ...(tb ? [2, 4] : [4, 2])];
    const name = `[${a.join()}] [${b.join()}]${ta ? ' a^T' : ''}${tb ? ' b^T' : ''}`;
    return [
      {
        name,
        inputs: [random.float(a), random.float(b)],
        run: (x, y) => tf.matMul(x, y, ta, tb),
        gradients,
      },
      {
        name: `${name}, int32`,
        inputs: [random.int(a), random.int(b)],
        run: (x, y) => tf.matMul(x, y, ta, tb),
      },
    ];
  });
}

export const matmulCases: ConformanceTable = {
  BatchMatMul: [
    ...products([], []),
    ...products([5], [5]),
    ...products([1], [5], false),
    ...products([5], [1], false),
    ...products([2, 1], [2, 1]),
    ...products([2, 3], [2, 3]),
    {
      name: 'transposed views, the last two axes and others',
      inputs: [random.float([2, 4, 3]), random.float([2, 5, 4]), random.float([4, 2, 5])],
      run: (a, b, c) => [
        tf.matMul(tf.transpose(a, [0, 2, 1]), tf.transpose(b, [0, 2, 1])),
        tf.matMul(tf.transpose(a, [0, 2, 1]), b, false, true),
        tf.matMul(a, tf.transpose(b, [0, 2, 1]), true, false),
        tf.matMul(a, tf.transpose(c, [1, 0, 2]), true, false),
      ],
      gradients: true,
    },
    {
      name: 'vectors: dot and outer product',
      inputs: [random.float([4]), random.float([4])],
      run: (a, b) => [tf.dot(a, b), tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D)],
      gradients: true,
    },
    {
      name: 'unit extents',
      inputs: [random.float([1, 1]), random.float([1, 3]), random.float([3, 1])],
      run: (a, b, c) => [tf.matMul(a, b), tf.matMul(c, a), tf.matMul(b, c), tf.matMul(c, b)],
      gradients: true,
    },
  ],
  GatherV2: [
    ...[0, 1, 2, -1].map((axis): Case => ({
      name: `axis ${String(axis)}`,
      inputs: [random.float([4, 4, 4]), random.int([6], 0, 3)],
      run: (x, indices) => tf.gather(x, indices, axis),
      gradients: true,
    })),
    {
      name: 'indices of rank 2',
      inputs: [random.float([5, 3]), random.int([2, 3], 0, 4)],
      run: (x, indices) => tf.gather(x, indices),
      gradients: true,
    },
    { name: 'integers', inputs: [random.int([5]), random.int([3], 0, 4)], run: (x, i) => tf.gather(x, i) },
    { name: 'constant indices', inputs: [random.float([5, 2])], run: (x) => tf.gather(x, [4, 0, 0]) },
  ],
  OneHot: [
    { name: 'float32', inputs: [random.int([4], 0, 2)], run: (i) => tf.oneHot(i, 3, 1, 0, 'float32') },
    {
      name: 'int32, other values',
      inputs: [random.int([2, 3], 0, 3)],
      run: (i) => tf.oneHot(i, 4, 5, -2, 'int32'),
    },
    { name: 'bool', inputs: [random.int([4], 0, 2)], run: (i) => tf.oneHot(i, 3, 1, 0, 'bool') },
    { name: 'indices outside', inputs: [random.int([9], -3, 5)], run: (i) => tf.oneHot(i, 3) },
  ],
  UnsortedSegmentSum: [
    {
      name: 'vector',
      inputs: [random.float([7]), random.int([7], 0, 3)],
      run: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
      gradients: true,
    },
    {
      name: 'rows, some segments empty, some ids outside',
      inputs: [random.float([6, 2, 3]), random.int([6], -1, 5)],
      run: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
    },
    {
      name: 'integers',
      inputs: [random.int([6, 2]), random.int([6], 0, 2)],
      run: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 3),
    },
  ],
};
