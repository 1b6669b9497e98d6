// Convolution with its two gradients, and pooling: both layouts, all paddings, strides, odd and even kernels, images
// on both sides of the height where the gradient changes its algorithm.
import * as tf from '@tensorflow/tfjs-core';
import type { Case, ConformanceTable } from '../conformance.ts';
import { RandomTensors } from '../random-tensors.ts';

const random = new RandomTensors(6);

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Geometry {
  readonly channels?: readonly [inputs: number, outputs: number];
  readonly size: readonly [height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number | [number, number];
  readonly pad: Pad;
}

/** LDM's autoencoder pads (0, 1, 0, 1) before it downsamples. */
const oneSided: Pad = [
  [0, 0],
  [0, 0],
  [0, 1],
  [0, 1],
];

const geometries: readonly Geometry[] = [
  { size: [5, 6], kernel: [3, 3], stride: 1, pad: 1 },
  { size: [5, 6], kernel: [3, 3], stride: 1, pad: 'valid' },
  { size: [5, 6], kernel: [2, 3], stride: 1, pad: 'same' },
  { size: [5, 4], kernel: [1, 1], stride: 1, pad: 0 },
  { size: [5, 4], kernel: [1, 1], stride: 2, pad: 0 },
  { size: [6, 5], kernel: [3, 3], stride: 2, pad: 1 },
  { size: [6, 7], kernel: [3, 3], stride: 2, pad: 'same' },
  { size: [8, 8], kernel: [3, 3], stride: 2, pad: oneSided },
  { size: [7, 8], kernel: [4, 2], stride: [2, 3], pad: 'valid' },
  { size: [4, 4], kernel: [4, 4], stride: 4, pad: 0 },
  { size: [1, 1], kernel: [3, 3], stride: 1, pad: 1 },
  { size: [16, 4], kernel: [3, 3], stride: 1, pad: 1 },
  { size: [17, 3], kernel: [3, 2], stride: 1, pad: 'valid' },
  { size: [18, 3], kernel: [3, 3], stride: 2, pad: 1 },
  { size: [16, 5], kernel: [5, 5], stride: 1, pad: 'same' },
  { size: [16, 4], kernel: [1, 1], stride: 1, pad: 1 },
  // With enough channels for Winograd's filtering (lower/winograd.ts), by tiles of 2 and of 4 pixels.
  { size: [2, 2], kernel: [3, 3], stride: 1, pad: 1, channels: [12, 9] },
  { size: [4, 4], kernel: [3, 3], stride: 1, pad: 1, channels: [24, 20] },
  { size: [5, 7], kernel: [3, 3], stride: 1, pad: 1, channels: [40, 48] },
  { size: [1, 8], kernel: [3, 3], stride: 1, pad: 1, channels: [40, 48] },
  { size: [8, 8], kernel: [3, 3], stride: 1, pad: 1, channels: [64, 80] },
  // Large enough for channels in blocks (lower/blocked-conv.ts); with less than a block of outputs, the filter's gradient alone.
  { size: [32, 32], kernel: [3, 3], stride: 1, pad: 1, channels: [16, 16] },
  { size: [33, 34], kernel: [2, 3], stride: 1, pad: 'valid', channels: [32, 16] },
  { size: [32, 32], kernel: [3, 3], stride: 1, pad: 1, channels: [16, 3] },
];

function convolutions(): Case[] {
  return geometries.flatMap(({ size, kernel, stride, pad, channels = [3, 4] }) =>
    (['NCHW', 'NHWC'] as const).map((format): Case => {
      const batch = 2;
      const [inputs, outputs] = channels;
      const shape = format === 'NCHW' ? [batch, inputs, ...size] : [batch, ...size, inputs];
      const padding = format === 'NCHW' ? pad : channelsLast(pad);
      return {
        name: `${format} ${channels.join(' to ')} of ${size.join('x')} by ${kernel.join('x')}, stride ${String(stride)}, pad ${String(pad)}`,
        inputs: [random.float(shape), random.float([...kernel, inputs, outputs])],
        run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding, format),
        gradients: true,
      };
    }),
  );
}

/** Explicit padding is written in the order of the image's axes. */
function channelsLast(pad: Pad): Pad {
  return typeof pad === 'object' ? ([pad[0], pad[2], pad[3], pad[1]] as Pad) : pad;
}

const layers: readonly Case[] = [
  {
    name: 'OIHW weights and a bias',
    inputs: [random.float([2, 3, 6, 6]), random.float([4, 3, 3, 3]), random.float([4])],
    run: (x, weight, bias) => {
      const filter = tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]);
      return tf.add(tf.conv2d(x as tf.Tensor4D, filter, 1, 1, 'NCHW'), tf.reshape(bias, [1, 4, 1, 1]));
    },
    gradients: true,
  },
  {
    name: 'one channel in, one out, batch 1',
    inputs: [random.float([1, 1, 4, 4]), random.float([3, 3, 1, 1])],
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 1, 'NCHW'),
    gradients: true,
  },
];

type Pool = typeof tf.maxPool;

function pools(pool: Pool): Case[] {
  return geometries
    .filter(({ pad }) => pad !== 1)
    .map(({ size, kernel, stride, pad }) => ({
      name: `${size.join('x')} by ${kernel.join('x')}, stride ${String(stride)}, pad ${String(pad)}`,
      inputs: [random.float([2, ...size, 3])],
      run: (x) => pool(x as tf.Tensor4D, [...kernel], stride, channelsLast(pad)),
    }));
}

const convolution: readonly Case[] = [...convolutions(), ...layers];

/** A case of the gradient alone, so that its kernel is reached whatever the table above becomes. */
function gradientOf(input: 0 | 1): Case[] {
  return convolution.map((item) => ({
    name: item.name,
    inputs: item.inputs,
    run: (...xs) => {
      const loss = (x: tf.Tensor): tf.Scalar =>
        tf.sum(tf.square(item.run(...xs.map((other, i) => (i === input ? x : other))) as tf.Tensor));
      return tf.grad(loss)(xs[input]!);
    },
  }));
}

export const convCases: ConformanceTable = {
  Conv2D: convolution,
  Conv2DBackpropInput: gradientOf(0),
  Conv2DBackpropFilter: gradientOf(1),
  MaxPool: pools(tf.maxPool),
  AvgPool: pools(tf.avgPool),
};
