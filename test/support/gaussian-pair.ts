// Data for which the noise in x_t is known: two equal Gaussians around `mean` and -`mean` in every coordinate.
import type { Schedule } from '../../src/diffusion/schedule.ts';

export interface GaussianPair {
  readonly mean: number;
  readonly deviation: number;
}

/** The best prediction of the noise in x at timestep t, in closed form; with mean 0 the data are Gaussian. */
export function noiseOfPair({ mean, deviation }: GaussianPair, { alphaBar }: Schedule) {
  return (x: Float32Array, t: number): Promise<Float32Array> => {
    const level = alphaBar[t]!;
    const signal = Math.sqrt(level);
    const spread = level * deviation ** 2 + 1 - level;
    const predicted = x.map((value) => {
      const centre = mean * Math.tanh((signal * mean * value) / spread);
      const x0 = centre + (deviation ** 2 * signal * (value - signal * centre)) / spread;
      return (value - signal * x0) / Math.sqrt(1 - level);
    });
    return Promise.resolve(predicted);
  };
}
