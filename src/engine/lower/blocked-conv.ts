// Convolutions whose filters are not constant, and their gradients, on the layout with channels in blocks on which ONNX
// Runtime's convolutions run fastest (engine/onnx/blocked-channels.ts). In memory: images [B, C/block, H, W, block],
// filters [O/block, C/block, kh, kw, block of c, block of o]; shapes say nothing of it. Each function is undefined where the
// layout does not fit, or is not worth bringing images into it.
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/ir.ts';
import { pad, reshape, reverseTaps, slice, transpose, transposeApart } from './layout.ts';

const domain = 'com.microsoft.nchwc';

/** Geometry in NCHW: pads as ONNX orders them (top, left, bottom, right). */
export interface Geometry {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly outShape: readonly [number, number, number, number];
}

/**
 * From this many pixels of an output on, blocks are worth it. Blocks of 8, batch 8 and 16, one thread: 32x32 with 16 to 192
 * channels in 0.72 to 0.96 of the time, both ways of the images included; 16x16 with 128 channels in 0.98 to 1.05. With blocks of
 * 16 (AVX-512) from 16x16 on, training steps take 0.95 to 0.99 of the processor's time of those from 32x32 on.
 */
function minPixels(block: number): number {
  return block === 16 ? 256 : 1024;
}

/** x [B, C, H, W], filter OIHW -> [B, O, H', W']. */
export function blockedConv(b: GraphBuilder, x: Value, oihw: Value, g: Geometry): Value | undefined {
  const { blockedChannels: block } = b.options;
  const [o, c, kh, kw] = oihw.shape as [number, number, number, number];
  if (!isWorthIt(block, [o, c, kh, kw], g)) return undefined;
  const taps = kh * kw;
  const inner = swapLast(b, reshape(b, oihw, [(o * c) / block, block, taps])); // [O, C/block, taps, block of c]
  const filter = swapLast(b, reshape(b, inner, [o / block, block, c * taps]));
  return overBlocks(b, x, reshape(b, filter, [o, c, kh, kw]), g);
}

/**
 * dL/dx of a convolution of stride 1: dy [B, O, H', W'], its filter OIHW -> [B, C, H, W]. `g` is the geometry of the convolution
 * that the gradient is.
 */
export function blockedGradInput(b: GraphBuilder, dy: Value, oihw: Value, g: Geometry): Value | undefined {
  const { blockedChannels: block } = b.options;
  const [o, c, kh, kw] = oihw.shape as [number, number, number, number];
  if (!isWorthIt(block, [c, o, kh, kw], g)) return undefined;
  const taps = kh * kw;
  const [oBlocks, cBlocks] = [o / block, c / block];
  // [O/block, C/block, block of c, taps, block of o], then the blocks change places, then what is in them.
  const inner = swapLast(b, reshape(b, oihw, [oBlocks, block, c * taps]));
  const blocks = transpose(b, reshape(b, inner, [oBlocks, cBlocks, block * taps * block]), [1, 0, 2]);
  const filter = swapLast(b, reshape(b, blocks, [oBlocks * cBlocks, block, taps * block]));
  const turned = reverseTaps(b, reshape(b, filter, [oBlocks * cBlocks, taps, block * block]), 1);
  return overBlocks(b, dy, reshape(b, turned, [c, o, kh, kw]), g);
}

function isWorthIt(
  block: number,
  [o, c, kh, kw]: readonly [number, number, number, number],
  { strides, outShape: [batch, , height, width] }: Geometry,
): boolean {
  const fits = block > 0 && o % block === 0 && c % block === 0 && strides.every((stride) => stride === 1);
  return fits && batch > 1 && kh * kw > 1 && height * width >= minPixels(block);
}

/** The convolution of x [B, C, H, W] with a filter that lies in blocks. */
function overBlocks(b: GraphBuilder, x: Value, filter: Value, { strides, pads, outShape }: Geometry): Value {
  const [, , kh, kw] = filter.shape as [number, number, number, number];
  const spec = { shape: outShape, dtype: 'float32' } as const;
  const attributes = { strides, pads, kernel_shape: [kh, kw], dilations: [1, 1], group: 1 };
  const found = b.op('Conv', [inBlocks(b, x), filter], spec, attributes, domain);
  return b.op('ReorderOutput', [found], spec, { channels: outShape[1], channels_last: 0 }, domain);
}

/**
 * [N, rows, columns] -> [N, columns, rows]. ONNX Runtime has a fast way for it, and none for the moves of several axes that two
 * of these amount to (147k weights: 0.07 and 0.9 ms); the unit axis keeps it from merging them.
 */
function swapLast(b: GraphBuilder, x: Value): Value {
  const [n, rows, columns] = x.shape as [number, number, number];
  const moved = transpose(b, reshape(b, x, [n, rows, columns, 1]), [0, 2, 1, 3]);
  return reshape(b, moved, [n, columns, rows]);
}

function inBlocks(b: GraphBuilder, image: Value): Value {
  return b.op('ReorderInput', [image], image, { channels_last: 0 }, domain);
}

/** Below this many output positions the patch matrix is as fast (measured: 1.6 ms for 192 x 192 channels either way). */
const minPositions = 1024;

/**
 * dL/dfilter as OIHW, as a convolution without a patch matrix: channels of x become the batch, the batch becomes the channels,
 * and dy is the filter. Fewer channels of dy than a block are filled up with zeros.
 */
export function blockedGradFilter(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  g: Geometry,
  kernel: readonly [number, number],
): Value | undefined {
  const { blockedChannels: block } = b.options;
  const [batch, c] = x.shape as [number, number];
  const [, o, outH, outW] = dy.shape as [number, number, number, number];
  const [kh, kw] = kernel;
  const whole = block > 0 && batch % block === 0; // else x stays unblocked, which needs a batch below one block
  const fits = block > 0 && (o % block === 0 || o < block) && (whole || batch < block);
  const unitStride = g.strides[0] === 1 && g.strides[1] === 1;
  if (!fits || !unitStride || kh * kw === 1 || batch * outH * outW < minPositions) return undefined;
  if (o < block) {
    const missing = [
      [0, 0],
      [0, block - o],
      [0, 0],
      [0, 0],
    ] as const;
    const filled = pad(b, dy, missing, 0);
    return slice(b, gradFilterOf(b, x, filled, g, kernel), [0, 0, 0, 0], [o, c, kh, kw]);
  }
  return gradFilterOf(b, x, dy, g, kernel);
}

function gradFilterOf(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  g: Geometry,
  [kh, kw]: readonly [number, number],
): Value {
  const { blockedChannels: block } = b.options;
  const [batch, c] = x.shape as [number, number];
  const [, o, outH, outW] = dy.shape as [number, number, number, number];
  const whole = batch % block === 0;
  const [top, left, bottom, right] = g.pads;
  const edges = [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ] as const;
  const padded = pad(b, transpose(b, x, [1, 0, 2, 3]), edges, 0); // [C, B, H + , W + ]
  const image = whole ? inBlocks(b, padded) : padded;
  const [outBlocks, pixels] = [o / block, outH * outW];
  // [B, O/block, pixels, block] in memory -> the filter layout, blocks of output channels innermost.
  const gradient = whole
    ? transpose(
        b,
        reshape(b, inBlocks(b, dy), [batch / block, block, outBlocks, pixels, block]),
        [2, 0, 3, 1, 4],
      )
    : transpose(b, reshape(b, inBlocks(b, dy), [batch, outBlocks, pixels * block]), [1, 0, 2]);
  const grad = b.op(
    'Conv',
    [image, reshape(b, gradient, [o, batch, outH, outW])],
    { shape: [c, o, kh, kw], dtype: 'float32' },
    { strides: [1, 1], pads: [0, 0, 0, 0], kernel_shape: [outH, outW], dilations: [1, 1], group: 1 },
    domain,
  ); // [C, O/block, taps, block] in memory
  const byOutput = transposeApart(b, reshape(b, grad, [c, o * kh * kw])); // [O/block, taps, block, C]
  const flat = swapLast(b, reshape(b, byOutput, [outBlocks, kh * kw, block * c]));
  return reshape(b, flat, [o, c, kh, kw]);
}
