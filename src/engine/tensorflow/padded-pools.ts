// Pooling for backends that take no padding by numbers, as tfjs-node does: the image is padded before, by what a maximum
// never takes, or by zeros whose share in each average is divided out again. Forward alone: no network that is trained
// pools with padding.
import * as tf from '@tensorflow/tfjs-core';
import { runKernel, wrapKernel, type Wrapper } from './wrap-kernel.ts';

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];

/** Replaces the pooling kernels of a registered backend. Once per backend: later calls do nothing. */
export function wrapPoolKernels(backend: string): void {
  for (const [kernelName, otherwise] of Object.entries(padded))
    wrapKernel<PoolAttrs>(backend, kernelName, {
      isNative: ({ pad }) => pad === 'valid' || pad === 'same' || pad === 0,
      otherwise,
    });
}

/** The kernels by themselves with 'valid', on images [B, H, W, C]. */
const padded: Readonly<Record<string, Wrapper<PoolAttrs>['otherwise']>> = {
  MaxPool: ({ x }, attrs) =>
    runKernel('MaxPool', { x: tf.pad(x!, paddingsOf(x!.shape, attrs), -Infinity) }, valid(attrs)),
  AvgPool: ({ x }, attrs) => {
    const sums = runKernel('AvgPool', { x: tf.pad(x!, paddingsOf(x!.shape, attrs)) }, valid(attrs));
    return tf.div(sums, imageShares(x!.shape, attrs));
  },
};

function valid({ filterSize, strides }: PoolAttrs): object {
  return { filterSize, strides, pad: 'valid' };
}

/** How much of each window lies in the image, [1, H', W', 1]. */
function imageShares([, height, width]: Shape4D, attrs: PoolAttrs): tf.Tensor {
  const ones = tf.ones<tf.Rank.R4>([1, height, width, 1]);
  return runKernel('AvgPool', { x: tf.pad(ones, paddingsOf(ones.shape, attrs)) }, valid(attrs));
}

/** Padding per axis with which 'valid' windows are as many as these attributes ask for. */
function paddingsOf(
  shape: Shape4D,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): [number, number][] {
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { top, left } = info.padInfo;
  const below = (info.outHeight - 1) * info.strideHeight + info.filterHeight - top - info.inHeight;
  const right = (info.outWidth - 1) * info.strideWidth + info.filterWidth - left - info.inWidth;
  return [
    [0, 0],
    [top, Math.max(0, below)],
    [left, Math.max(0, right)],
    [0, 0],
  ];
}
