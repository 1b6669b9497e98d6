// Means over image planes of their two-dimensional Fourier transforms, by frequency, and how such a plane of numbers falls
// into rings of equal radial frequency.
import { InvariantError } from '../errors.ts';
import { PlaneSpectrum, radii } from './plane-spectrum.ts';

/** By (u, v), [size, size]. */
export interface PlaneMeans {
  /** E|F|, of the orthonormal transform. */
  readonly magnitude: Float64Array;
  /** E|F|^2. */
  readonly power: Float64Array;
}

/** Adds up the transforms of square images [n, channels, size, size]. */
export class PlaneMeansAccumulator {
  readonly #plane: PlaneSpectrum;
  readonly #magnitudes: Float64Array;
  readonly #powers: Float64Array;
  #planes = 0;

  constructor(size: number) {
    this.#plane = new PlaneSpectrum(size);
    this.#magnitudes = new Float64Array(size * size);
    this.#powers = new Float64Array(size * size);
  }

  add(images: ArrayLike<number>): void {
    for (const power of this.#plane.powers(images)) {
      for (const [at, value] of power.entries()) {
        this.#magnitudes[at]! += Math.sqrt(value);
        this.#powers[at]! += value;
      }
      this.#planes++;
    }
  }

  finish(): PlaneMeans {
    if (this.#planes === 0) throw new InvariantError('a mean spectrum of no images');
    const mean = (sums: Float64Array): Float64Array => sums.map((sum) => sum / this.#planes);
    return { magnitude: mean(this.#magnitudes), power: mean(this.#powers) };
  }
}

/** Means of a plane [size, size] over rings of the radius 0, 1, ... size/2, rounded; corners lie past the last ring. */
export function ringMeans(plane: ArrayLike<number>, size: number): Float64Array {
  const rings = Math.floor(size / 2) + 1;
  const [sums, counts] = [new Float64Array(rings), new Float64Array(rings)];
  for (const [at, radius] of radii(size).entries()) {
    const ring = Math.round(radius);
    if (ring >= rings) continue;
    sums[ring]! += plane[at]!;
    counts[ring]! += 1;
  }
  return sums.map((sum, ring) => sum / counts[ring]!);
}
