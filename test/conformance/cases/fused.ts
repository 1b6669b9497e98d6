// Kernels of our own: on the reference engine, which lacks them, their definition in TF.js ops stands in.
import * as tf from '@tensorflow/tfjs-core';
import { fusedOr, type FusedKernelName } from '../../../src/nn/fused.ts';
import type { Case } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(7);

type Definition = (x: tf.Tensor) => tf.Tensor;

function cases(
  kernel: FusedKernelName,
  shapes: readonly (readonly number[])[],
  definition: Definition,
): Case[] {
  return shapes.map((shape) => ({
    name: `[${shape.join()}]`,
    inputs: [random.float(shape)],
    run: (x) => fusedOr(kernel, x, () => definition(x)),
  }));
}

/** [N, C, H, W] as [N*C, H, 1, W, 1], tiled in the axes of extent 1. */
const upsampleNearest2x: Definition = (x) => {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const pixels = tf.reshape(x, [n * c, h, 1, w, 1]);
  return tf.reshape(tf.tile(pixels, [1, 1, 2, 1, 2]), [n, c, 2 * h, 2 * w]);
};

/** [N, C, H, W] as [N*C, H/2, 2, W/2, 2], averaged over the axes of extent 2. */
const averagePool2x: Definition = (x) => {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = tf.reshape(x, [n * c, h / 2, 2, w / 2, 2]);
  return tf.reshape(tf.mean(blocks, [2, 4]), [n, c, h / 2, w / 2]);
};

export const fusedCases: Readonly<Record<FusedKernelName, readonly Case[]>> = {
  SdxUpsampleNearest2x: cases(
    'SdxUpsampleNearest2x',
    [
      [1, 1, 1, 1],
      [2, 3, 4, 5],
    ],
    upsampleNearest2x,
  ),
  SdxAveragePool2x: cases(
    'SdxAveragePool2x',
    [
      [1, 1, 2, 2],
      [2, 3, 4, 6],
    ],
    averagePool2x,
  ),
};
