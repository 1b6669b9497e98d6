// Power spectra of images, float64: what frequencies a model fails to paint. The two-dimensional spectrum is averaged
// over rings of equal radial frequency, and two models are compared ring by ring (the paper's Fig. 1).
import { InvariantError } from '../errors.ts';
import { PlaneSpectrum } from './plane-spectrum.ts';

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
 * |log10(P_generated / P_reference)|. Low means below `cutoff` cycles per pixel, the mean level (ring 0) apart. This is
 * our own measure; that of the paper's Table 1 is in paper-spectrum.ts.
 */
export function bandErrors(
  reference: RadialSpectrum,
  generated: RadialSpectrum,
  cutoff = bandCutoff,
): BandErrors {
  if (reference.power.length !== generated.power.length)
    throw new InvariantError('spectra of different image sizes');
  // Keeps an empty ring finite, and its error large: the smallest normal number, for ONNX Runtime leaves this thread in a
  // mode in which smaller ones count as 0.
  const floor = 2 ** -1022;
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
