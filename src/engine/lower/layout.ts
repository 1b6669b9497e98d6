// Reshape, transpose, cast and their relatives, with the rules that make most of them vanish: reshapes of
// reshapes and transposes of transposes merge, moves of unit axes become reshapes, uniform constants stay numbers.
import { slice_util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../graph/builder.ts';
import { elements, elementTypes, sameShape, type IrDType, type Value } from '../graph/ir.ts';
import { axesOf, input, listInputs, type KernelTable } from './kernel-table.ts';

/** An int64 vector constant, as ONNX wants shapes and axes. */
export function int64s(b: GraphBuilder, values: readonly number[]): Value {
  return b.constant(BigInt64Array.from(values, BigInt), { shape: [values.length], dtype: 'int64' });
}

export function reshape(b: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const uniform = b.uniform(x);
  if (uniform !== undefined) return b.fill(uniform, { shape, dtype: x.dtype });
  const source = b.producer(x, 'Reshape')?.inputs[0];
  if (source) return reshape(b, source, shape);
  return b.op('Reshape', [x, int64s(b, shape)], { shape, dtype: x.dtype });
}

export function transpose(b: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  const shape = perm.map((axis) => x.shape[axis]!);
  const uniform = b.uniform(x);
  if (uniform !== undefined) return b.fill(uniform, { shape, dtype: x.dtype });
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return reshape(b, x, shape);
  const inner = b.producer(x, 'Transpose');
  const source = inner?.inputs[0];
  if (inner && source) {
    const innerPerm = inner.attributes['perm'] as readonly number[];
    return transpose(
      b,
      source,
      perm.map((axis) => innerPerm[axis]!),
    );
  }
  return b.op('Transpose', [x], { shape, dtype: x.dtype }, { perm });
}

/**
 * A matrix transposed where ONNX Runtime does not see it: it would merge the transpose with the product or sum beside it
 * and run the very operator that was avoided. It looks through no reshape.
 */
export function transposeApart(b: GraphBuilder, x: Value): Value {
  const [rows, columns] = x.shape as [number, number];
  return reshape(b, transpose(b, reshape(b, x, [rows, columns, 1]), [1, 0, 2]), [columns, rows]);
}

export function cast(b: GraphBuilder, x: Value, dtype: IrDType): Value {
  if (x.dtype === dtype) return x;
  const uniform = b.uniform(x);
  if (uniform !== undefined) {
    const value =
      dtype === 'bool' ? Number(uniform !== 0) : dtype === 'float32' ? uniform : Math.trunc(uniform);
    return b.fill(value, { shape: x.shape, dtype });
  }
  return b.op('Cast', [x], { shape: x.shape, dtype }, { to: elementTypes[dtype] });
}

/** Broadcasts x to `shape`. */
export function expand(b: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const uniform = b.uniform(x);
  if (uniform !== undefined) return b.fill(uniform, { shape, dtype: x.dtype });
  return b.op('Expand', [x, int64s(b, shape)], { shape, dtype: x.dtype });
}

/** x[begin : begin + size] along every axis. */
export function slice(b: GraphBuilder, x: Value, begin: readonly number[], size: readonly number[]): Value {
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => begin[axis] !== 0 || size[axis] !== x.shape[axis]);
  if (axes.length === 0) return x;
  const uniform = b.uniform(x);
  if (uniform !== undefined) return b.fill(uniform, { shape: size, dtype: x.dtype });
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => begin[axis]! + size[axis]!);
  return b.op('Slice', [x, int64s(b, starts), int64s(b, ends), int64s(b, axes)], {
    shape: size,
    dtype: x.dtype,
  });
}

function concat(b: GraphBuilder, values: readonly Value[], axis: number): Value {
  const parts = values.filter((value) => elements(value.shape) > 0);
  const first = parts[0] ?? values[0]!;
  if (parts.length === 1) return first;
  const shape = first.shape.map((extent, i) =>
    i === axis ? parts.reduce((sum, v) => sum + v.shape[axis]!, 0) : extent,
  );
  return b.op('Concat', parts, { shape, dtype: first.dtype }, { axis });
}

/** Constant padding; `paddings` holds [before, after] per axis. */
export function pad(
  b: GraphBuilder,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  value: number,
): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((extent, i) => extent + paddings[i]![0] + paddings[i]![1]);
  const amounts = int64s(b, [...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]);
  return b.op('Pad', [x, amounts, b.fill(value, { shape: [], dtype: x.dtype })], { shape, dtype: x.dtype });
}

function tile(b: GraphBuilder, x: Value, reps: readonly number[]): Value {
  const shape = x.shape.map((extent, i) => extent * reps[i]!);
  if (x.shape.every((extent, i) => extent === 1 || reps[i] === 1)) return expand(b, x, shape);
  return b.op('Tile', [x, int64s(b, reps)], { shape, dtype: x.dtype });
}

/** The batch in `count` equal parts, said without its size. */
function equalParts(b: GraphBuilder, x: Value, count: number): Value[] {
  const part = { shape: [x.shape[0]! / count, ...x.shape.slice(1)], dtype: x.dtype };
  return b.node('Split', [x], Array<typeof part>(count).fill(part), { axis: 0, num_outputs: count });
}

function insertAxis(shape: readonly number[], axis: number, extent: number): number[] {
  return [...shape.slice(0, axis), extent, ...shape.slice(axis)];
}

/** x with `axis`, the taps of a filter, in reverse order. */
export function reverseTaps(b: GraphBuilder, x: Value, axis: number): Value {
  const taps = x.shape[axis]!;
  const order = Int32Array.from({ length: taps }, (_, i) => taps - 1 - i);
  return b.op('Gather', [x, b.constant(order, { shape: [taps], dtype: 'int32' })], x, { axis });
}

type MirrorMode = 'reflect' | 'symmetric';

/** Padding with the mirrored image: one Gather per padded axis. `symmetric` repeats the border element. */
function mirrorPad(
  b: GraphBuilder,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  mode: MirrorMode,
): Value {
  const repeat = mode === 'symmetric' ? 1 : 0;
  return paddings.reduce((padded, [before, after], axis) => {
    if (before === 0 && after === 0) return padded;
    const extent = padded.shape[axis]!;
    const length = before + extent + after;
    const index = Int32Array.from({ length }, (_, i) => {
      const at = i - before;
      return at < 0 ? -at - repeat : at < extent ? at : 2 * (extent - 1) - at + repeat;
    });
    const indices = b.constant(index, { shape: [length], dtype: 'int32' });
    const shape = padded.shape.map((full, i) => (i === axis ? length : full));
    return b.op('Gather', [padded, indices], { shape, dtype: x.dtype }, { axis });
  }, x);
}

interface StridedSliceAttrs {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

function stridedSlice(b: GraphBuilder, x: Value, attrs: StridedSliceAttrs): Value {
  const { begin, end, strides, finalShape } = slice_util.sliceInfo(
    [...x.shape],
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  const axes = begin.map((_, axis) => axis);
  // A backward slice down to element 0 ends at -1, which ONNX would count from the back.
  const ends = end.map((value, axis) => (strides[axis]! < 0 && value < 0 ? -x.shape[axis]! - 1 : value));
  const vectors = [begin, ends, axes, strides].map((values) => int64s(b, values));
  const sliced = b.op('Slice', [x, ...vectors], {
    shape: slice_util.computeOutShape(begin, end, strides),
    dtype: x.dtype,
  });
  return reshape(b, sliced, finalShape);
}

function sequence(b: GraphBuilder, count: number, at: (i: number) => number, dtype: IrDType): Value {
  const numbers = Array.from({ length: count }, (_, i) => at(i));
  const data = dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers);
  return b.constant(data, { shape: [count], dtype });
}

export const layoutKernels: KernelTable = {
  Identity: (_, inputs) => input(inputs, 'x'),
  Reshape: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const shape = attrs['shape'] as number[];
    const known = shape.filter((extent) => extent !== -1).reduce((p, extent) => p * extent, 1);
    return reshape(
      b,
      x,
      shape.map((extent) => (extent === -1 ? elements(x.shape) / known : extent)),
    );
  },
  ExpandDims: (b, inputs, attrs) => {
    const x = input(inputs, 'input');
    const dim = attrs['dim'] as number;
    return reshape(b, x, insertAxis(x.shape, dim < 0 ? x.shape.length + 1 + dim : dim, 1));
  },
  Transpose: (b, inputs, attrs) => transpose(b, input(inputs, 'x'), attrs['perm'] as number[]),
  Cast: (b, inputs, attrs) => cast(b, input(inputs, 'x'), attrs['dtype'] as IrDType),
  Tile: (b, inputs, attrs) => tile(b, input(inputs, 'x'), attrs['reps'] as number[]),
  Slice: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const perAxis = (given: unknown, missing: number): number[] => {
      const values = typeof given === 'number' ? [given] : ((given as number[] | undefined) ?? []);
      return x.shape.map((_, axis) => values[axis] ?? missing);
    };
    const begin = perAxis(attrs['begin'], 0);
    const size = perAxis(attrs['size'], -1);
    return slice(
      b,
      x,
      begin,
      size.map((extent, axis) => (extent === -1 ? x.shape[axis]! - begin[axis]! : extent)),
    );
  },
  StridedSlice: (b, inputs, attrs) =>
    stridedSlice(b, input(inputs, 'x'), attrs as unknown as StridedSliceAttrs),
  Concat: (b, inputs, attrs) => {
    const values = listInputs(inputs);
    return concat(b, values, axesOf(attrs['axis'], values[0]!.shape.length)[0]!);
  },
  SplitV: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const axis = axesOf(attrs['axis'], x.shape.length)[0]!;
    const given = attrs['numOrSizeSplits'] as number | number[];
    const extent = x.shape[axis]!;
    if (typeof given === 'number' && axis === 0 && !b.options.fixedBatch) return equalParts(b, x, given);
    const sizes = typeof given === 'number' ? Array<number>(given).fill(extent / given) : given;
    const known = sizes.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
    let offset = 0;
    return sizes.map((size) => {
      const length = size === -1 ? extent - known : size;
      const begin = x.shape.map((_, i) => (i === axis ? offset : 0));
      offset += length;
      return slice(
        b,
        x,
        begin,
        x.shape.map((full, i) => (i === axis ? length : full)),
      );
    });
  },
  Pack: (b, inputs, attrs) => {
    const values = listInputs(inputs);
    const rank = values[0]!.shape.length + 1;
    const axis = axesOf(attrs['axis'], rank)[0]!;
    return concat(
      b,
      values.map((value) => reshape(b, value, insertAxis(value.shape, axis, 1))),
      axis,
    );
  },
  Unpack: (b, inputs, attrs) => {
    const x = input(inputs, 'value');
    const axis = axesOf(attrs['axis'], x.shape.length)[0]!;
    const rest = x.shape.filter((_, i) => i !== axis);
    return Array.from({ length: x.shape[axis]! }, (_, k) => {
      const begin = x.shape.map((_, i) => (i === axis ? k : 0));
      return reshape(
        b,
        slice(
          b,
          x,
          begin,
          x.shape.map((full, i) => (i === axis ? 1 : full)),
        ),
        rest,
      );
    });
  },
  PadV2: (b, inputs, attrs) =>
    pad(b, input(inputs, 'x'), attrs['paddings'] as [number, number][], attrs['constantValue'] as number),
  MirrorPad: (b, inputs, attrs) =>
    mirrorPad(b, input(inputs, 'x'), attrs['paddings'] as [number, number][], attrs['mode'] as MirrorMode),
  Reverse: (b, inputs, attrs) => {
    const x = input(inputs, 'x');
    const axes = axesOf(attrs['dims'], x.shape.length);
    if (axes.length === 0) return x;
    const minus = axes.map(() => -1);
    const ends = axes.map((axis) => -x.shape[axis]! - 1);
    return b.op('Slice', [x, int64s(b, minus), int64s(b, ends), int64s(b, axes), int64s(b, minus)], x);
  },
  Fill: (b, _, attrs) =>
    b.fill(attrs['value'] as number, {
      shape: attrs['shape'] as number[],
      dtype: (attrs['dtype'] as IrDType | undefined) ?? 'float32',
    }),
  Range: (b, _, attrs) => {
    const { start, stop, step, dtype } = attrs as {
      start: number;
      stop: number;
      step: number;
      dtype: IrDType;
    };
    const count = Math.max(0, Math.ceil((stop - start) / step));
    return sequence(b, count, (i) => start + i * step, dtype);
  },
  LinSpace: (b, _, attrs) => {
    const { start, stop, num } = attrs as { start: number; stop: number; num: number };
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return sequence(b, num, (i) => start + i * step, 'float32');
  },
  ZerosLike: (b, inputs) => b.fill(0, input(inputs, 'x')),
  OnesLike: (b, inputs) => b.fill(1, input(inputs, 'x')),
};
