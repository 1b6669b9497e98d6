// Convolution, its two gradients and pooling. Everything runs in NCHW with OIHW filters; TF.js's HWIO filters and
// NHWC images are transposed here, and the transposes cancel against the caller's.
import { backend_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/ir.ts';
import { input, type KernelTable } from './kernel-table.ts';
import { pad, reshape, reverseTaps, transpose, transposeApart } from './layout.ts';
import { matmul } from './matmul.ts';
import { blockedConv, blockedGradFilter, blockedGradInput, type Geometry } from './blocked-conv.ts';
import { filteringFor, winograd, type WinogradConv } from './winograd.ts';

const toNCHW = [0, 3, 1, 2];
const toNHWC = [0, 2, 3, 1];
const hwioToOihw = [3, 2, 0, 1];
const oihwToHwio = [2, 3, 1, 0];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function geometry(inShape: readonly number[], hwio: readonly number[], attrs: ConvAttrs): Geometry {
  const format = attrs.dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast';
  const info = backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    hwio as [number, number, number, number],
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    format,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1)
    throw new Error('dilated convolutions are not lowered');
  const { top, left, bottom, right } = info.padInfo;
  return {
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
    outShape: [info.batchSize, info.outChannels, info.outHeight, info.outWidth],
  };
}

/** Runs `body` on NCHW images and gives its result back in the caller's format. */
function channelsFirst(
  b: GraphBuilder,
  images: readonly Value[],
  format: 'NHWC' | 'NCHW',
  body: (...images: Value[]) => Value,
): Value {
  if (format === 'NCHW') return body(...images);
  return transpose(b, body(...images.map((image) => transpose(b, image, toNCHW))), toNHWC);
}

/**
 * Up to this many pixels of an output a convolution runs as one product over the patches of the whole batch: ONNX
 * Runtime's own makes one small product per image (measured at batch 16 with 128 channels: 4x4 1.6 -> 0.8 ms).
 */
const patchMaxPixels = 16;
/** The same for a gradient of the image, which else is a ConvTranspose (8x8: 3.4 -> 2.0 ms). */
const patchGradMaxPixels = 64;

/** A 3x3 convolution that keeps the size of its image, where another way to compute it is worth it. */
function minimal(
  b: GraphBuilder,
  inShape: readonly number[],
  o: number,
  [kh, kw]: readonly [number, number],
  g: Geometry,
): WinogradConv | undefined {
  const same = kh === 3 && kw === 3 && g.strides.every((s) => s === 1) && g.pads.every((p) => p === 1);
  const image = inShape as [number, number, number, number];
  const filtering = same && b.options.fixedBatch ? filteringFor(image, o) : undefined;
  return filtering && winograd(b, image, o, filtering);
}

function conv(b: GraphBuilder, x: Value, oihw: Value, g: Geometry): Value {
  const { strides, pads, outShape } = g;
  const [o, c, kh, kw] = oihw.shape as [number, number, number, number];
  // ONNX Runtime packs constant filters once, in a layout of its own.
  const constant = b.isConstant(oihw);
  const found = constant ? undefined : minimal(b, x.shape, o, [kh, kw], g);
  if (found) return found.conv(x, oihw);
  const kernel = [kh, kw] as const;
  const [batch, , outH, outW] = outShape;
  if (b.options.fixedBatch && !constant && batch > 1 && outH * outW <= patchMaxPixels) {
    const rows = patches(b, x, kernel, { strides, pads, outShape });
    const filter = reshape(b, transpose(b, reshape(b, oihw, [o, c, kh * kw]), [0, 2, 1]), [o, kh * kw * c]);
    return imagesOf(b, matmul(b, rows, filter, false, true), outShape);
  }
  const blocked = constant ? undefined : blockedConv(b, x, oihw, g);
  if (blocked) return blocked;
  return b.op(
    'Conv',
    [x, oihw],
    { shape: outShape, dtype: 'float32' },
    { strides, pads, kernel_shape: kernel },
  );
}

/** dL/dx of a convolution: dy [B, O, H', W'], filter OIHW -> [B, C, H, W]. */
function convGradInput(
  b: GraphBuilder,
  dy: Value,
  oihw: Value,
  g: Geometry,
  inShape: readonly number[],
): Value {
  const [batch, , height, width] = inShape as [number, number, number, number];
  const [o, c, kh, kw] = oihw.shape as [number, number, number, number];
  const spec = { shape: inShape, dtype: 'float32' as const };
  const found = minimal(b, inShape, o, [kh, kw], g);
  if (found) return found.gradInput(dy, oihw);
  const [top, left, bottom, right] = g.pads;
  const unitStride = g.strides[0] === 1 && g.strides[1] === 1;
  if (kh === 1 && kw === 1 && unitStride && top + left + bottom + right === 0) {
    const filter = reshape(b, oihw, [o, c]);
    return reshape(b, matmul(b, filter, reshape(b, dy, [batch, o, height * width]), true, false), inShape);
  }
  const flippedPads = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
  const canFlip = unitStride && flippedPads.every((pad) => pad >= 0);
  if (canFlip) {
    const shape = inShape as [number, number, number, number];
    const turned = { strides: [1, 1], pads: flippedPads, outShape: shape } as const;
    if (batch > 1 && height * width <= patchGradMaxPixels) {
      const rows = patches(b, dy, [kh, kw], turned, true);
      const filter = transpose(b, reshape(b, oihw, [o, c, kh * kw]), [2, 0, 1]);
      return imagesOf(b, matmul(b, rows, reshape(b, filter, [kh * kw * o, c])), shape);
    }
    return blockedGradInput(b, dy, oihw, turned) ?? conv(b, dy, turnedFilter(b, oihw), turned);
  }
  const [outH, outW] = dy.shape.slice(2) as [number, number];
  const extra = [
    height - ((outH - 1) * g.strides[0] + kh - top - bottom),
    width - ((outW - 1) * g.strides[1] + kw - left - right),
  ];
  return b.op('ConvTranspose', [dy, oihw], spec, {
    strides: g.strides,
    pads: g.pads,
    kernel_shape: [kh, kw],
    output_padding: extra,
  });
}

/** The filter of the convolution that is the gradient: its channels exchanged, its taps in reverse order. */
function turnedFilter(b: GraphBuilder, oihw: Value): Value {
  const [o, c, kh, kw] = oihw.shape as [number, number, number, number];
  const taps = kh * kw;
  // As a matrix of taps by channels, rows are copied whole: nine times as fast as a Gather of single taps.
  const rows = transpose(b, reshape(b, oihw, [o * c, taps]), [1, 0]);
  const flipped = transposeApart(b, reverseTaps(b, rows, 0));
  return reshape(b, transpose(b, reshape(b, flipped, [o, c, taps]), [1, 0, 2]), [c, o, kh, kw]);
}

/** dL/dfilter of a convolution as OIHW. */
function convGradFilter(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  g: Geometry,
  kernel: readonly [number, number],
): Value {
  const found = minimal(b, x.shape, dy.shape[1]!, kernel, g);
  if (found) return found.gradFilter(x, dy);
  return blockedGradFilter(b, x, dy, g, kernel) ?? patchGradFilter(b, x, dy, g, kernel);
}

/** dL/dfilter as OIHW: one product of dy and the patches of x does the sum. */
function patchGradFilter(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  g: Geometry,
  kernel: readonly [number, number],
): Value {
  const [batch, c] = x.shape as [number, number];
  const [, o, outH, outW] = dy.shape as [number, number, number, number];
  const [kh, kw] = kernel;
  const dyRows = reshape(b, transpose(b, dy, [1, 0, 2, 3]), [o, batch * outH * outW]);
  const grad = matmul(b, dyRows, patches(b, x, kernel, g)); // [O, kh*kw*C]
  return transpose(b, reshape(b, grad, [o, kh, kw, c]), [0, 3, 1, 2]);
}

/**
 * What each output position of a convolution of x [B, C, H, W] sees: [B*H'*W', kh*kw*C], made by one Gather. `turned`
 * takes the taps in reverse order.
 */
function patches(
  b: GraphBuilder,
  x: Value,
  kernel: readonly [number, number],
  { strides, pads: [top, left, bottom, right], outShape }: Geometry,
  turned = false,
): Value {
  const [batch, c] = x.shape as [number, number];
  const [, , outH, outW] = outShape;
  const [kh, kw] = kernel;
  const edges = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as const;
  const nhwc = pad(b, transpose(b, x, toNHWC), edges, 0);
  const [, hp, wp] = nhwc.shape as [number, number, number];
  const pixels = reshape(b, nhwc, [batch * hp * wp, c]);
  if (kh === 1 && kw === 1 && strides[0] === 1 && strides[1] === 1) return pixels;
  const index = patchIndex(b, batch, hp, wp, outH, outW, kernel, strides, turned);
  const positions = batch * outH * outW;
  const rows = b.op(
    'Gather',
    [pixels, index],
    { shape: [positions, kh * kw, c], dtype: 'float32' },
    { axis: 0 },
  );
  return reshape(b, rows, [positions, kh * kw * c]);
}

/** Rows of pixels [B*H*W, C] as images [B, C, H, W]. */
function imagesOf(b: GraphBuilder, rows: Value, [batch, c, h, w]: Geometry['outShape']): Value {
  return transpose(b, reshape(b, rows, [batch, h, w, c]), toNCHW);
}

/** For each output position the rows of its kh x kw patch in the padded [B*Hp*Wp, C] image. */
function patchIndex(
  b: GraphBuilder,
  batch: number,
  hp: number,
  wp: number,
  outH: number,
  outW: number,
  [kh, kw]: readonly [number, number],
  [sh, sw]: readonly [number, number],
  turned: boolean,
): Value {
  const index = new Int32Array(batch * outH * outW * kh * kw);
  const taps = Array.from({ length: kh * kw }, (_, i) => (turned ? kh * kw - 1 - i : i));
  let i = 0;
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < outH; y++)
      for (let x = 0; x < outW; x++)
        for (const tap of taps)
          index[i++] = (n * hp + y * sh + Math.floor(tap / kw)) * wp + x * sw + (tap % kw);
  return b.constant(index, { shape: [batch * outH * outW, kh * kw], dtype: 'int32' });
}

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function pool(b: GraphBuilder, op: 'MaxPool' | 'AveragePool', x: Value, attrs: PoolAttrs): Value {
  const { filterSize, strides, pad: padding, dimRoundingMode } = attrs;
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, padding, dimRoundingMode);
  const { top, left, bottom, right } = info.padInfo;
  return channelsFirst(b, [x], 'NHWC', (image) =>
    b.op(
      op,
      [image],
      { shape: [info.batchSize, info.outChannels, info.outHeight, info.outWidth], dtype: 'float32' },
      {
        kernel_shape: [info.filterHeight, info.filterWidth],
        strides: [info.strideHeight, info.strideWidth],
        pads: [top, left, bottom, right],
      },
    ),
  );
}

export const convKernels: KernelTable = {
  Conv2D: (b, inputs, attrs) => {
    const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
    const a = attrs as unknown as ConvAttrs;
    const g = geometry(x.shape, filter.shape, a);
    const oihw = transpose(b, filter, hwioToOihw);
    return channelsFirst(b, [x], a.dataFormat, (image) => conv(b, image, oihw, g));
  },
  Conv2DBackpropInput: (b, inputs, attrs) => {
    const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
    const a = attrs as unknown as ConvAttrs & { inputShape: number[] };
    const g = geometry(a.inputShape, filter.shape, a);
    const oihw = transpose(b, filter, hwioToOihw);
    const nchw = a.dataFormat === 'NCHW' ? a.inputShape : toNCHW.map((axis) => a.inputShape[axis]!);
    return channelsFirst(b, [dy], a.dataFormat, (image) => convGradInput(b, image, oihw, g, nchw));
  },
  Conv2DBackpropFilter: (b, inputs, attrs) => {
    const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
    const a = attrs as unknown as ConvAttrs & { filterShape: number[] };
    const g = geometry(x.shape, a.filterShape, a);
    const [image, gradient] =
      a.dataFormat === 'NCHW' ? [x, dy] : [transpose(b, x, toNCHW), transpose(b, dy, toNCHW)];
    const oihw = convGradFilter(b, image, gradient, g, [a.filterShape[0]!, a.filterShape[1]!]);
    return transpose(b, oihw, oihwToHwio);
  },
  MaxPool: (b, inputs, attrs) => pool(b, 'MaxPool', input(inputs, 'x'), attrs as unknown as PoolAttrs),
  AvgPool: (b, inputs, attrs) => pool(b, 'AveragePool', input(inputs, 'x'), attrs as unknown as PoolAttrs),
};
