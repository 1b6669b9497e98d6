// 3x3 convolutions of small images by Winograd's minimal filtering (Lavin & Gray 2016): images and filters are
// transformed, multiplied position by position, and transformed back. Small images are transformed as wholes, by one
// matrix over all their pixels; then every step is a product of matrices that lie in memory as NCHW and OIHW do, and
// no image is ever moved. The gradients are the same products, transposed, and share what the convolution transformed.
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/ir.ts';
import { reshape, transposeApart } from './layout.ts';
import { matmul } from './matmul.ts';

type Matrix = readonly (readonly number[])[];

/** F(m x m, 3 x 3): m outputs from a tile of m + 2 pixels, along one axis. */
interface Filtering {
  readonly tile: number;
  /** Pixels of a tile to its m + 2 positions. */
  readonly input: Matrix;
  /** Taps of a filter to positions. */
  readonly filter: Matrix;
  /** Positions to outputs. */
  readonly output: Matrix;
}

/** F(2, 3) and F(4, 3) of Lavin & Gray, sections 4.1 and 4.3; F(2, 3) rounds about as direct convolution does. */
const filterings: readonly Filtering[] = [
  {
    tile: 2,
    input: [
      [1, 0, -1, 0],
      [0, 1, 1, 0],
      [0, -1, 1, 0],
      [0, 1, 0, -1],
    ],
    filter: [
      [1, 0, 0],
      [1 / 2, 1 / 2, 1 / 2],
      [1 / 2, -1 / 2, 1 / 2],
      [0, 0, 1],
    ],
    output: [
      [1, 1, 1, 0],
      [0, 1, -1, -1],
    ],
  },
  {
    tile: 4,
    input: [
      [4, 0, -5, 0, 1, 0],
      [0, -4, -4, 1, 1, 0],
      [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0],
      [0, 2, -1, -2, 1, 0],
      [0, 4, 0, -5, 0, 1],
    ],
    filter: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ],
  },
];

/** A convolution of x [B, C, H, W] with a filter [O, C, 3, 3] to [B, O, H, W], and its gradients. */
export interface WinogradConv {
  readonly conv: (x: Value, oihw: Value) => Value;
  readonly gradInput: (dy: Value, oihw: Value) => Value;
  readonly gradFilter: (x: Value, dy: Value) => Value;
}

/** The convolution with one pixel of zeros around [B, C, H, W], for graphs of a fixed batch. */
export function winograd(
  b: GraphBuilder,
  [batch, c, height, width]: readonly [number, number, number, number],
  o: number,
  filtering: Filtering,
): WinogradConv {
  const { tile, input } = filtering;
  const pixels = height * width;
  const positions = input.length ** 2;
  const places = Math.ceil(height / tile) * Math.ceil(width / tile) * batch; // of a tile in the batch
  const spread = (positions * places) / batch;
  const { toPositions, fromPositions, taps } = matricesOf(b, height, width, filtering);

  const transform = (matrix: Value, image: Value, channels: number): Value =>
    reshape(b, matmul(b, matrix, reshape(b, image, [batch * channels, pixels]), false, true), [
      positions,
      places,
      channels,
    ]);
  const transformBack = (matrix: Value, image: Value, channels: number): Value =>
    reshape(b, matmul(b, reshape(b, image, [spread, batch * channels]), matrix, true, false), [
      batch,
      channels,
      height,
      width,
    ]);
  const transformFilter = (oihw: Value): Value =>
    reshape(b, matmul(b, taps, reshape(b, oihw, [o * c, 9]), false, true), [positions, o, c]);
  return {
    conv: (x, oihw) => {
      const found = matmul(b, transform(toPositions, x, c), transformFilter(oihw), false, true);
      return transformBack(fromPositions, found, o);
    },
    gradInput: (dy, oihw) => {
      const found = matmul(b, transform(fromPositions, dy, o), transformFilter(oihw));
      return transformBack(toPositions, found, c);
    },
    gradFilter: (x, dy) => {
      const found = matmul(b, transform(fromPositions, dy, o), transform(toPositions, x, c), true, false);
      // Nine long rows, then transposed: four times as fast as as many rows of nine.
      const rows = matmul(b, taps, reshape(b, found, [positions, o * c]), true, false);
      return reshape(b, transposeApart(b, rows), [o, c, 3, 3]);
    },
  };
}

interface Matrices {
  /** Rows (position, tile), columns pixels: pixels to positions. */
  readonly toPositions: Value;
  /** The same rows and columns; transposed, positions to pixels. */
  readonly fromPositions: Value;
  /** Rows positions, columns the 9 taps. */
  readonly taps: Value;
}

/** By graph, so that all convolutions of one size have the same matrices and gradients find what was transformed. */
const matricesByGraph = new WeakMap<GraphBuilder, Map<string, Matrices>>();

function matricesOf(b: GraphBuilder, height: number, width: number, filtering: Filtering): Matrices {
  const { tile, input, filter, output } = filtering;
  const known = matricesByGraph.get(b) ?? new Map<string, Matrices>();
  matricesByGraph.set(b, known);
  const key = `${height}x${width} by ${tile}`;
  const matrices = known.get(key) ?? {
    toPositions: constant(
      b,
      product(tiled(input, height, tile, -1), tiled(input, width, tile, -1), input.length),
    ),
    fromPositions: constant(
      b,
      product(
        tiled(transposed(output), height, tile, 0),
        tiled(transposed(output), width, tile, 0),
        input.length,
      ),
    ),
    taps: constant(b, product(filter, filter, input.length)),
  };
  known.set(key, matrices);
  return matrices;
}

/**
 * The filtering with the fewest multiplications for the convolution, transforms included; undefined where none beats the
 * direct one. (Of the filters, the transforms are few beside the products.)
 */
export function filteringFor(
  [batch, c, height, width]: readonly [number, number, number, number],
  o: number,
): Filtering | undefined {
  if (batch === 1) return undefined; // too few rows for a product
  const macsPerPixel = ({ tile, input }: Filtering): number => {
    const spread = input.length ** 2 * Math.ceil(height / tile) * Math.ceil(width / tile);
    return (c + o) * spread + (c * o * spread) / (height * width);
  };
  const best = filterings.reduce((a, b) => (macsPerPixel(b) < macsPerPixel(a) ? b : a));
  return macsPerPixel(best) < 9 * c * o ? best : undefined;
}

/**
 * `matrix` [positions, n] applied to every tile along an axis of `extent`: rows (position, tile), columns of the axis.
 * A tile begins `offset` from its first output; beyond the edges are zeros.
 */
function tiled(matrix: Matrix, extent: number, tile: number, offset: number): Matrix {
  const tiles = Math.ceil(extent / tile);
  return matrix.flatMap((weights) =>
    Array.from({ length: tiles }, (_, k) =>
      Array.from({ length: extent }, (_unused, x) => weights[x - k * tile - offset] ?? 0),
    ),
  );
}

/**
 * Both axes at once, from matrices with rows (position, tile): rows (position y, position x, tile y, tile x), columns
 * (y, x).
 */
function product(vertical: Matrix, horizontal: Matrix, positions: number): Matrix {
  const tiles = (matrix: Matrix): number[] => [...Array(matrix.length / positions).keys()];
  const all = [...Array(positions).keys()];
  return all.flatMap((py) =>
    all.flatMap((px) =>
      tiles(vertical).flatMap((ty) =>
        tiles(horizontal).map((tx) => {
          const down = vertical[py * tiles(vertical).length + ty]!;
          const across = horizontal[px * tiles(horizontal).length + tx]!;
          return down.flatMap((weight) => across.map((other) => weight * other));
        }),
      ),
    ),
  );
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

function constant(b: GraphBuilder, matrix: Matrix): Value {
  return b.constant(Float32Array.from(matrix.flat()), {
    shape: [matrix.length, matrix[0]!.length],
    dtype: 'float32',
  });
}
