// Convolution for backends that take NHWC images with 'valid' or 'same' padding only, as tfjs-node does on the CPU: the
// three kernels are wrapped so that padding is done before, and NCHW images go through a transpose.
import * as tf from '@tensorflow/tfjs-core';
import { runKernel, wrapKernel, type Wrapper } from './wrap-kernel.ts';

type Shape4D = [number, number, number, number];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const toNHWC = [0, 2, 3, 1];
const toNCHW = [0, 3, 1, 2];

/** Replaces the convolution kernels of a registered backend. Once per backend: later calls do nothing. */
export function wrapConvKernels(backend: string): void {
  for (const [kernelName, otherwise] of Object.entries(channelsLast))
    wrapKernel<ConvAttrs>(backend, kernelName, {
      isNative: ({ dataFormat, pad }) => dataFormat === 'NHWC' && (pad === 'valid' || pad === 'same'),
      otherwise,
    });
}

/** Kernels on any layout and padding, by the same kernels on NHWC with 'valid'. */
const channelsLast: Readonly<Record<string, Wrapper<ConvAttrs>['otherwise']>> = {
  Conv2D: ({ x, filter }, attrs) => {
    const { paddings } = geometry(x!.shape, filter!.shape, attrs);
    const padded = tf.pad(asNHWC(x!, attrs), paddings);
    return fromNHWC(runKernel('Conv2D', { x: padded, filter: filter! }, native(attrs)), attrs);
  },
  Conv2DBackpropInput: ({ dy, filter }, attrs) => {
    const { inputShape } = attrs as ConvAttrs & { inputShape: Shape4D };
    const { paddings, shape } = geometry(inputShape, filter!.shape, attrs);
    const paddedShape = shape.map((extent, i) => extent + paddings[i]![0] + paddings[i]![1]);
    const inputs = { dy: asNHWC(dy!, attrs), filter: filter! };
    const padded = runKernel('Conv2DBackpropInput', inputs, { ...native(attrs), inputShape: paddedShape });
    const before = paddings.map(([amount]) => amount);
    return fromNHWC(tf.slice(padded, before, shape), attrs);
  },
  Conv2DBackpropFilter: ({ x, dy }, attrs) => {
    const { filterShape } = attrs as ConvAttrs & { filterShape: Shape4D };
    const { paddings } = geometry(x!.shape, filterShape, attrs);
    const inputs = { x: tf.pad(asNHWC(x!, attrs), paddings), dy: asNHWC(dy!, attrs) };
    return runKernel('Conv2DBackpropFilter', inputs, { ...native(attrs), filterShape });
  },
};

function native(attrs: ConvAttrs): object {
  const { strides, dilations } = attrs;
  return { strides, dilations: dilations ?? 1, pad: 'valid', dataFormat: 'NHWC' };
}

function asNHWC(x: tf.Tensor4D, { dataFormat }: ConvAttrs): tf.Tensor4D {
  return dataFormat === 'NCHW' ? tf.transpose(x, toNHWC) : x;
}

function fromNHWC(x: tf.Tensor, { dataFormat }: ConvAttrs): tf.Tensor {
  return dataFormat === 'NCHW' ? tf.transpose(x, toNCHW) : x;
}

/** Shape of the image and its padding per axis, both as NHWC. */
function geometry(
  imageShape: Shape4D,
  filterShape: Shape4D,
  attrs: ConvAttrs,
): { shape: Shape4D; paddings: [number, number][] } {
  const info = tf.backend_util.computeConv2DInfo(
    imageShape,
    filterShape,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    shape: [info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    paddings: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
  };
}
