// The two-dimensional discrete Fourier transform of image planes, float64: powers by frequency, and the radius of each.
import { InvariantError } from '../errors.ts';
import { matmul } from '../linalg/matmul.ts';
import { matrix, type Matrix } from '../linalg/matrix.ts';

/** The two-dimensional power spectrum of one plane, and the ring that each of its frequencies lies in. */
export class PlaneSpectrum {
  readonly size: number;
  /** Ring of each (u, v), [size, size]: its radius, rounded; corners lie past the last ring. */
  readonly ringOf: Int32Array;
  readonly #cosine: Matrix;
  readonly #sine: Matrix;

  constructor(size: number) {
    this.size = size;
    this.ringOf = Int32Array.from(radii(size), Math.round);
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

/** Radial frequency of each (u, v), cycles per image, [size, size]. */
export function radii(size: number): Float64Array {
  const signed = (k: number) => (k <= size / 2 ? k : k - size);
  return Float64Array.from({ length: size * size }, (_, at) =>
    Math.hypot(signed(Math.floor(at / size)), signed(at % size)),
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
