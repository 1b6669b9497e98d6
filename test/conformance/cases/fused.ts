// Kernels of our own: on the reference engine, which lacks them, their definition in TF.js ops stands in.
import * as tf from '@tensorflow/tfjs-core';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(7);

/** Runs kernel `name` where the backend has it, else its `definition`. */
function own(
  name: string,
  x: tf.Tensor,
  attributes: Record<string, number>,
  definition: () => tf.Tensor | tf.Tensor[],
): tf.Tensor | tf.Tensor[] {
  const kernel = tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined;
  if (kernel === undefined) return definition();
  return tf.engine().runKernel(name, { x }, attributes);
}

function standardize(shape: readonly [number, number], epsilon: number): Case {
  return {
    name: `[${shape.join()}], epsilon ${String(epsilon)}`,
    inputs: [random.float(shape, -1, 3)],
    run: (x) =>
      own('SdxStandardize', x, { epsilon }, () => {
        const { mean, variance } = tf.moments(x, 1, true);
        const inverse = tf.rsqrt(tf.add(variance, epsilon));
        return [tf.mul(tf.sub(x, mean), inverse), mean, inverse];
      }),
  };
}

export const fusedCases: ConformanceTable = {
  SdxStandardize: [standardize([4, 7], 1e-5), standardize([1, 64], 1e-6), standardize([3, 2], 0.1)],
  SdxUpsampleNearest2x: [
    [1, 1, 1, 1],
    [2, 3, 4, 5],
  ].map((shape) => ({
    name: `[${shape.join()}]`,
    inputs: [random.float(shape)],
    run: (x) =>
      own('SdxUpsampleNearest2x', x, {}, () => {
        const [n, c, h, w] = x.shape as [number, number, number, number];
        const pixels = tf.reshape(x, [n * c, h, 1, w, 1]); // [N, C, H, W] -> [N*C, H, 1, W, 1]
        return tf.reshape(tf.tile(pixels, [1, 1, 2, 1, 2]), [n, c, 2 * h, 2 * w]);
      }),
  })),
  SdxSwish: [1, 1.702].map((alpha) => ({
    name: `alpha ${String(alpha)}`,
    inputs: [random.float([3, 5], -6, 6)],
    run: (x) => own('SdxSwish', x, { alpha }, () => tf.mul(x, tf.sigmoid(tf.mul(x, alpha)))),
  })),
};
