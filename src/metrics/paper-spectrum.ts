// The spectral errors of the paper's Table 1 by its footnote 2: "E_f[E[|F_real|] - E[|F_gen|]] over 300 real and
// generated samples, with the low-high cut-off frequency of 28Hz". F is the two-dimensional DFT of one image, the inner
// means are over images (here also over colour channels), the outer one over the frequencies of a band. The difference
// has a sign, as printed: it is positive where generated images have less of a band than real ones.
//
// What the footnote leaves open is settled thus: the DFT is orthonormal (the sum over size), so that magnitudes of white
// noise do not grow with the size; pixels are 0 to 255; "28 Hz" is 28 cycles per image of the paper's 256 pixels, radially,
// and images of other sizes are divided at the same 28/256 cycles per pixel.
import { InvariantError } from '../errors.ts';
import { PlaneSpectrum, radii } from './plane-spectrum.ts';

/** Images of each set that the paper takes. */
export const paperSpectrumImages = 300;

/** Cycles per pixel at which low frequencies end. */
const paperCutoff = 28 / 256;

/** Mean magnitudes of the frequencies of square images [n, channels, size, size]. */
export class MagnitudeAccumulator {
  readonly size: number;
  readonly #sums: Float64Array;
  readonly #plane: PlaneSpectrum;
  #planes = 0;

  constructor(size: number) {
    this.size = size;
    this.#sums = new Float64Array(size * size);
    this.#plane = new PlaneSpectrum(size);
  }

  /** Takes images [n, channels, size, size] in [0, 255]. */
  add(images: ArrayLike<number>): void {
    for (const power of this.#plane.powers(images)) {
      for (const [at, value] of power.entries()) this.#sums[at]! += Math.sqrt(value);
      this.#planes++;
    }
  }

  /** E|F| by (u, v), [size, size]. */
  finish(): Float64Array {
    if (this.#planes === 0) throw new InvariantError('a mean magnitude of no images');
    return this.#sums.map((sum) => sum / this.#planes);
  }
}

export interface PaperErrors {
  readonly low: number;
  readonly high: number;
}

/** Means over the frequencies of each band of real minus generated, both [size, size]; all frequencies count, 0 too. */
export function paperErrors(real: Float64Array, generated: Float64Array, size: number): PaperErrors {
  if (real.length !== size * size || generated.length !== real.length)
    throw new InvariantError('magnitudes of different image sizes');
  const sums = { low: 0, high: 0 };
  const counts = { low: 0, high: 0 };
  for (const [at, radius] of radii(size).entries()) {
    const band = radius / size < paperCutoff ? 'low' : 'high';
    sums[band] += real[at]! - generated[at]!;
    counts[band]++;
  }
  return { low: sums.low / counts.low, high: sums.high / counts.high };
}
