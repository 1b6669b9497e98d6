import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { trace } from '../../../../src/engine/trace/trace.ts';

type Image = readonly [batch: number, channels: number, height: number, width: number];

/** Operators of a 3x3 convolution to `outputs` channels and its two gradients. */
function operators(image: Image, outputs: number, fixedBatch = true): string[] {
  const [, channels] = image;
  const spec = (...shape: number[]) => ({ shape, dtype: 'float32' as const });
  const graph = trace(
    ({ inputs: { x, filter } }) => {
      const loss = (image_: tf.Tensor, oihw: tf.Tensor): tf.Scalar => {
        const hwio = tf.transpose(oihw, [2, 3, 1, 0]) as tf.Tensor4D;
        return tf.sum(tf.conv2d(image_ as tf.Tensor4D, hwio, 1, 1, 'NCHW'));
      };
      const [dx, dfilter] = tf.grads(loss)([x!, filter!]);
      return { outputs: { loss: loss(x!, filter!), dx: dx!, dfilter: dfilter! } };
    },
    { inputs: { x: spec(...image), filter: spec(outputs, channels, 3, 3) } },
    { blockedChannels: 0, fixedBatch },
  );
  return graph.nodes.map(({ op }) => op);
}

/** What is left where no image is moved. */
const products = ['Expand', 'FusedMatMul', 'Gemm', 'ReduceSum', 'Reshape'];

describe('a convolution in training', () => {
  it.each([
    ['2x2', [16, 64, 2, 2], 64],
    ['4x4', [16, 64, 4, 4], 64],
    ['8x8', [16, 64, 8, 8], 64],
    ['of sides that are no multiple of a tile', [2, 64, 5, 7], 64],
  ] as const)('of a small image is products of matrices, and nine rows turned: %s', (_, image, outputs) => {
    const found = operators(image, outputs);
    expect(found.filter((op) => op === 'Transpose')).toHaveLength(1); // of the filter's gradient
    expect(products).toEqual(expect.arrayContaining(found.filter((op) => op !== 'Transpose')));
  });

  it('transforms image, filter and gradient once each', () => {
    const found = operators([16, 64, 8, 8], 64);
    expect(found.filter((op) => op === 'FusedMatMul')).toHaveLength(3); // the convolution and its gradients
    expect(found.filter((op) => op === 'Gemm')).toHaveLength(3 + 3); // there and back
  });

  it.each([
    ['few channels', [16, 4, 8, 8], 64, true],
    ['a large image', [16, 64, 32, 32], 64, true],
    ['one image', [1, 64, 8, 8], 64, true],
    ['a batch that is left open', [16, 64, 8, 8], 64, false],
  ] as const)('of %s stays a convolution', (_, image, outputs, fixedBatch) => {
    expect(operators(image, outputs, fixedBatch)).toContain('Conv');
  });
});
