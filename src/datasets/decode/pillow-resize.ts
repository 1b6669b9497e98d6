// Resizing with the very bits of Pillow, so that images prepared here equal those that LDM's Python pipeline
// trains on. Pillow (src/libImaging/Resample.c) resizes 8-bit images in two passes, rows then columns, each with
// weights in 22-bit fixed point and a rounding to uint8 in between.
import { UserError } from '../../errors.ts';

export type PillowFilter = 'box' | 'bilinear' | 'bicubic' | 'lanczos';

/** An interleaved 8-bit image: `data[(y * width + x) * channels + c]`. */
export interface Uint8Image {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

interface Kernel {
  /** Half width in input pixels at scale 1. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

/** Keys' cubic with a = -0.5, in Pillow's order of operations. */
function cubic(x: number): number {
  const a = -0.5;
  const r = Math.abs(x);
  if (r < 1) return ((a + 2) * r - (a + 3)) * r * r + 1;
  if (r < 2) return (((r - 5) * r + 8) * r - 4) * a;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

const kernels: Readonly<Record<PillowFilter, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const precisionBits = 22;

/** For each output position: the first input position it reads and its fixed-point weights. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/** Pillow's `precompute_coeffs` followed by `normalize_coeffs_8bpc`. */
function tapsFor(inputSize: number, outputSize: number, { support, weight }: Kernel): Taps[] {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  return Array.from({ length: outputSize }, (_, position) => {
    const center = (position + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + reach + 0.5));
    const inverse = 1 / stretch;
    const raw = Array.from({ length: end - first }, (_unused, i) =>
      weight((i + first - center + 0.5) * inverse),
    );
    const total = raw.reduce((sum, w) => sum + w, 0);
    const weights = Int32Array.from(raw, (w) => {
      const scaled = (total === 0 ? w : w / total) * (1 << precisionBits);
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    return { first, weights };
  });
}

/**
 * One pass along an axis. The image is seen as [outer, size, inner]; the result is [outer, taps.length, inner].
 * The sum stays below 2^31 in magnitude, as it does in Pillow's int arithmetic.
 */
function resampleAxis(
  data: Uint8Array,
  outer: number,
  size: number,
  inner: number,
  taps: Taps[],
): Uint8Array {
  const output = new Uint8ClampedArray(outer * taps.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      const start = (o * size + first) * inner;
      for (let i = 0; i < inner; i++) {
        let sum = 1 << (precisionBits - 1);
        for (let k = 0; k < weights.length; k++) sum += data[start + k * inner + i]! * weights[k]!;
        output[at++] = sum >> precisionBits;
      }
    }
  }
  return new Uint8Array(output.buffer);
}

/**
 * `Image.resize((width, height), filter)` of Pillow for images without alpha ('L' and 'RGB' modes).
 * Bit-equal to Pillow up to version 12; an axis whose size does not change is not touched, as there. Pillow 13
 * differs for one case only: it swaps the passes where the height shrinks much more than the width (its pull
 * request 9549). Squares, all that the data sets here ever resize, give the same bits in every version.
 */
export function resizeLikePillow(
  image: Uint8Image,
  target: { readonly width: number; readonly height: number },
  filter: PillowFilter,
): Uint8Image {
  if (target.width < 1 || target.height < 1)
    throw new UserError('usage', `cannot resize an image to ${target.width}x${target.height}`, {
      hint: 'give a size of at least 1x1',
    });
  const { width, height, channels } = image;
  const kernel = kernels[filter];
  const wide =
    target.width === width
      ? image.data
      : resampleAxis(image.data, height, width, channels, tapsFor(width, target.width, kernel));
  const data =
    target.height === height
      ? wide
      : resampleAxis(wide, 1, height, target.width * channels, tapsFor(height, target.height, kernel));
  return { data, width: target.width, height: target.height, channels };
}

/** The largest centred square, placed as LDM's data sets place it (`(h - crop) // 2`). */
export function cropCenterSquare({ data, width, height, channels }: Uint8Image): Uint8Image {
  const side = Math.min(width, height);
  if (width === height) return { data, width, height, channels };
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const square = new Uint8Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    square.set(data.subarray(from, from + side * channels), y * side * channels);
  }
  return { data: square, width: side, height: side, channels };
}
