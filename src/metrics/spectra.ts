// Power spectra of images, float64: what frequencies a model fails to paint. The two-dimensional spectrum is averaged
// over rings of equal radial frequency, and two models are compared ring by ring (the paper's Table 1 and Fig. 1).
import { InvariantError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import { matrix, type Matrix } from '../linalg/matrix.ts';

/** Power by radial frequency. */
export interface RadialSpectrum {
  /** Ring centres in cycles per pixel, from 0 in steps of 1/size; the last lies at the Nyquist frequency 0.5. */
  readonly frequencies: Float64Array;
  /** Mean over ring, channels and images of |X(u, v)|^2 / (size^2). */
  readonly power: Float64Array;
}

/** Adds up the radial spectra of square images [n, channels, size, size]. */
export class SpectrumAccumulator {
  readonly size: number;
  readonly #rings: number;
  readonly #sums: Float64Array;
  readonly #ringSizes: Float64Array;
  readonly #plane: PlaneSpectrum;
  #planes = 0;

  constructor(size: number) {
    this.size = size;
    this.#rings = Math.floor(size / 2) + 1;
    this.#sums = new Float64Array(this.#rings);
    this.#ringSizes = new Float64Array(this.#rings);
    this.#plane = new PlaneSpectrum(size);
    for (const ring of this.#plane.ringOf) if (ring < this.#rings) this.#ringSizes[ring]! += 1;
  }

  /** Takes images [n, channels, size, size], any range. */
  add(images: ArrayLike<number>): void {
    for (const power of this.#plane.powers(images)) {
      for (const [at, ring] of this.#plane.ringOf.entries())
        if (ring < this.#rings) this.#sums[ring]! += power[at]!;
      this.#planes++;
    }
  }

  finish(): RadialSpectrum {
    const frequencies = Float64Array.from({ length: this.#rings }, (_, ring) => ring / this.size);
    return {
      frequencies,
      power: this.#sums.map((sum, ring) => sum / (this.#ringSizes[ring]! * this.#planes)),
    };
  }
}

export interface BandErrors {
  readonly low: number;
  readonly high: number;
}

/** Where low frequencies end, in cycles per pixel: one Haar step keeps those below as LL. */
export const bandCutoff = 0.25;

/**
 * Low- and high-frequency error of generated images: the mean over the rings of a band of
 * |log10(P_generated / P_reference)|. Low means below `cutoff` cycles per pixel, the mean level (ring 0) apart. The
 * paper prints such errors in Table 1 without a definition; this is ours, so only its ordering of models can be
 * compared, not its values.
 */
export function bandErrors(
  reference: RadialSpectrum,
  generated: RadialSpectrum,
  cutoff = bandCutoff,
): BandErrors {
  if (reference.power.length !== generated.power.length)
    throw new InvariantError('spectra of different image sizes');
  const floor = Number.MIN_VALUE; // keeps an empty ring finite, and its error large
  const sums = { low: 0, high: 0 };
  const counts = { low: 0, high: 0 };
  for (let ring = 1; ring < reference.power.length; ring++) {
    const band = reference.frequencies[ring]! < cutoff ? 'low' : 'high';
    const ratio = Math.log10(generated.power[ring]! + floor) - Math.log10(reference.power[ring]! + floor);
    sums[band] += Math.abs(ratio);
    counts[band]++;
  }
  return { low: sums.low / Math.max(1, counts.low), high: sums.high / Math.max(1, counts.high) };
}

/** Mean squares of signals by band of radial frequency; together they are the mean square of the signal. */
export interface BandSquares {
  readonly low: number;
  readonly high: number;
}

/** Splits mean squares of square images by frequency, at the same `cutoff` as `bandErrors`. */
export class BandSplit {
  readonly #plane: PlaneSpectrum;
  readonly #isLow: readonly boolean[];

  constructor(size: number, cutoff = bandCutoff) {
    this.#plane = new PlaneSpectrum(size);
    this.#isLow = Array.from(this.#plane.ringOf, (ring) => ring / size < cutoff);
  }

  /**
   * Mean squares over images [n, channels, size, size]. Low is what rings below the cutoff hold, the mean level among
   * them; high is all the rest, the corners of the plane too: by Parseval's theorem, low + high is the mean of x^2.
   */
  squares(images: ArrayLike<number>): BandSquares {
    const sums = { low: 0, high: 0 };
    for (const power of this.#plane.powers(images))
      for (const [at, value] of power.entries()) sums[this.#isLow[at]! ? 'low' : 'high'] += value;
    return { low: sums.low / images.length, high: sums.high / images.length };
  }
}

/** The two-dimensional power spectrum of one plane, and the ring that each of its frequencies lies in. */
class PlaneSpectrum {
  readonly size: number;
  /** By (u, v), [size, size]. */
  readonly ringOf: Int32Array;
  readonly #cosine: Matrix;
  readonly #sine: Matrix;

  constructor(size: number) {
    this.size = size;
    this.ringOf = ringIndices(size);
    [this.#cosine, this.#sine] = fourierMatrices(size);
  }

  /** Yields |X(u, v)|^2 / size^2, [size, size], of each plane of images [n, channels, size, size]. */
  *powers(images: ArrayLike<number>): Generator<Float64Array> {
    const area = this.size ** 2;
    if (images.length % area !== 0)
      throw new InvariantError(`${images.length} numbers are no ${this.size}^2 images`);
    for (let start = 0; start < images.length; start += area) {
      const plane = Float64Array.from({ length: area }, (_, at) => images[start + at]!);
      yield this.#power(matrix(this.size, this.size, plane));
    }
  }

  /** |F x F|^2 / size^2 with F = C - iS: real part C x C - S x S, imaginary part -(C x S + S x C). */
  #power(x: Matrix): Float64Array {
    const [cx, sx] = [matmul(this.#cosine, x), matmul(this.#sine, x)];
    const [cxc, sxs] = [matmul(cx, this.#cosine), matmul(sx, this.#sine)];
    const [cxs, sxc] = [matmul(cx, this.#sine), matmul(sx, this.#cosine)];
    return cxc.data.map((value, at) => {
      const real = value - sxs.data[at]!;
      const imaginary = cxs.data[at]! + sxc.data[at]!;
      return (real * real + imaginary * imaginary) / x.data.length;
    });
  }
}

/** Ring of each (u, v): the radial frequency in units of 1/size, rounded; corners lie past the last ring. */
function ringIndices(size: number): Int32Array {
  const signed = (k: number) => (k <= size / 2 ? k : k - size);
  return Int32Array.from({ length: size * size }, (_, at) =>
    Math.round(Math.hypot(signed(Math.floor(at / size)), signed(at % size))),
  );
}

/** cos and sin of 2 pi u x / size, [size, size]; the angle is reduced to integers first, so it is exact for any size. */
function fourierMatrices(size: number): [Matrix, Matrix] {
  const angle = (at: number) => (2 * Math.PI * ((Math.floor(at / size) * (at % size)) % size)) / size;
  const fill = (f: (x: number) => number) =>
    matrix(
      size,
      size,
      Float64Array.from({ length: size * size }, (_, at) => f(angle(at))),
    );
  return [fill(Math.cos), fill(Math.sin)];
}
