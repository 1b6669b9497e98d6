// Inception-v3 up to its global average pool: the features that FID compares. `fid` is the network of the original
// TensorFlow graph as pytorch-fid gives it (the last block pools by maximum); `keras` is keras.applications' (by mean).
// Both leave padding out of every average. Batch norms are folded into the convolutions before (inception-weights.ts).
import * as tf from '@tensorflow/tfjs-core';
import { InvariantError } from '../../errors.ts';
import { conv2d } from '../../nn/conv.ts';
import type { Params } from '../../nn/params.ts';
import { averagePool, maxPool } from '../../nn/pool.ts';
import { inceptionConvs } from './inception-convs.ts';

export type InceptionVariant = 'fid' | 'keras';

/** Length of the feature vector. */
export const inceptionDimension = 2048;

/** Smallest input edge that every layer accepts. */
export const inceptionMinSize = 75;

type Layer = (name: string, x: tf.Tensor) => tf.Tensor;

/**
 * Features [B, 2048], float32, of images [B, 3, S, S] in the range that the weights were trained for (fid: [-1, 1] at
 * S = 299). Smaller S down to `inceptionMinSize` runs, faster, as another feature: it belongs on the metric card.
 * `params` are folded: `<conv>.weight` [O, I, kh, kw] and `<conv>.bias` [O].
 */
export function inceptionFeatures(
  params: Params,
  images: tf.Tensor,
  variant: InceptionVariant = 'fid',
): tf.Tensor {
  const conv = layerOf(params);
  let x = conv('Conv2d_1a_3x3', images); // [B, 32, 149, 149] for S = 299
  x = conv('Conv2d_2b_3x3', conv('Conv2d_2a_3x3', x));
  x = maxPool(x, { size: 3, stride: 2 }); // [B, 64, 73, 73]
  x = conv('Conv2d_4a_3x3', conv('Conv2d_3b_1x1', x));
  x = maxPool(x, { size: 3, stride: 2 }); // [B, 192, 35, 35]
  for (const name of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = blockA(conv, name, x);
  x = blockB(conv, 'Mixed_6a', x); // [B, 768, 17, 17]
  for (const name of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) x = blockC(conv, name, x);
  x = blockD(conv, 'Mixed_7a', x); // [B, 1280, 8, 8]
  x = blockE(conv, 'Mixed_7b', x, 'average');
  x = blockE(conv, 'Mixed_7c', x, variant === 'fid' ? 'max' : 'average'); // [B, 2048, 8, 8]
  return tf.mean(x, [2, 3]);
}

/** Convolution and ReLU by name, with stride and padding from the table. */
function layerOf(params: Params): Layer {
  const table = new Map(inceptionConvs.map((conv) => [conv.name, conv]));
  return (name, x) => {
    const spec = table.get(name);
    if (spec === undefined) throw new InvariantError(`Inception has no convolution ${name}`);
    const [rows, columns] = spec.padding;
    const { stride } = spec;
    return tf.relu(conv2d(params, name, x, { stride, padding: [rows, rows, columns, columns] }));
  };
}

/** The convolutions `names` of a block, one after the other. */
function chain(conv: Layer, block: string, x: tf.Tensor, names: readonly string[]): tf.Tensor {
  return names.reduce((y, name) => conv(`${block}.${name}`, y), x);
}

function blockA(conv: Layer, block: string, x: tf.Tensor): tf.Tensor {
  return tf.concat(
    [
      chain(conv, block, x, ['branch1x1']),
      chain(conv, block, x, ['branch5x5_1', 'branch5x5_2']),
      chain(conv, block, x, ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3']),
      chain(conv, block, averagePool(x, { size: 3, stride: 1, padding: 1 }), ['branch_pool']),
    ],
    1,
  );
}

function blockB(conv: Layer, block: string, x: tf.Tensor): tf.Tensor {
  return tf.concat(
    [
      chain(conv, block, x, ['branch3x3']),
      chain(conv, block, x, ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3']),
      maxPool(x, { size: 3, stride: 2 }),
    ],
    1,
  );
}

function blockC(conv: Layer, block: string, x: tf.Tensor): tf.Tensor {
  return tf.concat(
    [
      chain(conv, block, x, ['branch1x1']),
      chain(conv, block, x, ['branch7x7_1', 'branch7x7_2', 'branch7x7_3']),
      chain(
        conv,
        block,
        x,
        [1, 2, 3, 4, 5].map((i) => `branch7x7dbl_${i}`),
      ),
      chain(conv, block, averagePool(x, { size: 3, stride: 1, padding: 1 }), ['branch_pool']),
    ],
    1,
  );
}

function blockD(conv: Layer, block: string, x: tf.Tensor): tf.Tensor {
  return tf.concat(
    [
      chain(conv, block, x, ['branch3x3_1', 'branch3x3_2']),
      chain(
        conv,
        block,
        x,
        [1, 2, 3, 4].map((i) => `branch7x7x3_${i}`),
      ),
      maxPool(x, { size: 3, stride: 2 }),
    ],
    1,
  );
}

function blockE(conv: Layer, block: string, x: tf.Tensor, pool: 'average' | 'max'): tf.Tensor {
  const half = chain(conv, block, x, ['branch3x3_1']);
  const double = chain(conv, block, x, ['branch3x3dbl_1', 'branch3x3dbl_2']);
  const pooled = (pool === 'max' ? maxPool : averagePool)(x, { size: 3, stride: 1, padding: 1 });
  return tf.concat(
    [
      chain(conv, block, x, ['branch1x1']),
      chain(conv, block, half, ['branch3x3_2a']),
      chain(conv, block, half, ['branch3x3_2b']),
      chain(conv, block, double, ['branch3x3dbl_3a']),
      chain(conv, block, double, ['branch3x3dbl_3b']),
      chain(conv, block, pooled, ['branch_pool']),
    ],
    1,
  );
}
