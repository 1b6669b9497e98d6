// The one-dimensional data of the toy, with the denoiser that no network can beat: E[x0 | x_t] in closed form.
import { uniform } from '../../rng/noise.ts';
import { project } from './fourier.ts';

export interface SignalSet {
  readonly name: string;
  /** What it is, for tables and pages. */
  readonly title: string;
  /** Frequencies that occur, and E|X(f)| at each, where the amplitude 1 has 1. */
  readonly frequencies: readonly number[];
  readonly expected: readonly number[];
  /** Signals of these draws, [count, length]. */
  readonly draw: (seed: number, stream: string, step: number, count: number) => Float32Array;
  /** E[x0 | x_t] of each row of x_t [B, length]. */
  readonly restore: (noisy: Float32Array, alphaBar: number) => Float64Array;
}

/** cos(2 pi frequency x) at x = 0, 1 / length, ... */
function cosine(frequency: number, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) =>
    Math.cos((2 * Math.PI * ((frequency * i) % length)) / length),
  );
}

export interface Choice {
  readonly frequency: number;
  readonly probability: number;
}

/** Example 1 of the paper: cos(alpha 2 pi x), alpha drawn from `choices`. */
export function singleCosines(name: string, length: number, choices: readonly [Choice, Choice]): SignalSet {
  const [first, second] = choices;
  const waves = choices.map(({ frequency }) => cosine(frequency, length));
  return {
    name,
    title: `one cosine: ${choices.map(({ frequency, probability }) => `frequency ${frequency} with probability ${probability}`).join(', ')}`,
    frequencies: choices.map(({ frequency }) => frequency),
    expected: choices.map(({ probability }) => probability),
    draw: (seed, stream, step, count) => {
      const out = new Float32Array(count * length);
      const draws = uniform(seed, `${stream}/choice`, step, 0, count);
      for (const [row, u] of draws.entries()) out.set(waves[u < first.probability ? 0 : 1]!, row * length);
      return out;
    },
    // Bayes: both signals have the same energy, so only their products with x_t tell them apart.
    restore: (noisy, alphaBar) => {
      const out = new Float64Array(noisy.length);
      const factor = Math.sqrt(alphaBar) / (1 - alphaBar);
      const prior = Math.log(first.probability / second.probability);
      for (let start = 0; start < noisy.length; start += length) {
        const along = choices.map(({ frequency }) => project(noisy, start, length, frequency)[0]);
        const share = 1 / (1 + Math.exp(-(prior + factor * (along[0]! - along[1]!))));
        for (let i = 0; i < length; i++) out[start + i] = share * waves[0]![i]! + (1 - share) * waves[1]![i]!;
      }
      return out;
    },
  };
}

/** Sums over k = 1, ..., `count` of sin(2 pi k x + phase) / k, all phases as likely: a power of 1 / f^2. */
export function sumsOfSines(name: string, length: number, count: number): SignalSet {
  const frequencies = Array.from({ length: count }, (_, i) => i + 1);
  return {
    name,
    title: `sums of ${count} sines with amplitudes 1 / f and random phases`,
    frequencies,
    expected: frequencies.map((k) => 1 / k),
    draw: (seed, stream, step, signals) => {
      const turns = uniform(seed, `${stream}/phases`, step, 0, signals * count);
      return Float32Array.from({ length: signals * length }, (_, at) => {
        const [row, i] = [Math.floor(at / length), at % length];
        return frequencies.reduce((sum, k, j) => {
          const turn = ((k * i) % length) / length + turns[row * count + j]!;
          return sum + Math.sin(2 * Math.PI * turn) / k;
        }, 0);
      });
    },
    // Noise is independent by frequency, and so are phases: each is a vector of known length and unknown direction, whose
    // mean given the noisy vector v is along v, with the factor I1(kappa) / I0(kappa) of the von Mises distribution.
    restore: (noisy, alphaBar) => {
      const out = new Float64Array(noisy.length);
      const variance = ((1 - alphaBar) * 2) / length;
      for (let start = 0; start < noisy.length; start += length)
        for (const k of frequencies) {
          const [alongCosine, alongSine] = project(noisy, start, length, k);
          const [c, s] = [(2 * alongCosine) / length, (2 * alongSine) / length];
          const found = Math.hypot(c, s);
          const kappa = (Math.sqrt(alphaBar) * found) / (k * variance);
          const scale = besselRatio(kappa) / (k * found);
          for (let i = 0; i < length; i++) {
            const angle = (2 * Math.PI * ((k * i) % length)) / length;
            out[start + i]! += scale * (c * Math.cos(angle) + s * Math.sin(angle));
          }
        }
      return out;
    },
  };
}

/** I1(x) / I0(x) of the modified Bessel functions for x >= 0: their continued fraction, or the asymptotic series. */
export function besselRatio(x: number): number {
  if (x > 200) return 1 - 1 / (2 * x) - 1 / (8 * x ** 2) - 1 / (8 * x ** 3);
  let ratio = 0;
  for (let m = 300; m >= 1; m--) ratio = 1 / ((2 * m) / x + ratio);
  return ratio;
}
