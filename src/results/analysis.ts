// What `sdx analyze` hands to its report: plain JSON, complete enough that its tables, plots and page can be made
// again from it alone. The runner fills it.
import type { Estimate } from '../metrics/statistics.ts';

/** Estimates of the mean squared error of the predicted noise: all of it, and its parts by frequency, low + high = loss. */
export interface ByBand {
  readonly loss: Estimate;
  readonly low: Estimate;
  readonly high: Estimate;
}

export interface LossPoint extends ByBand {
  /** Timestep, or all of them: then each sample's mean over them. */
  readonly t: number | 'all';
  /** A student's over the teacher's, paired by sample; absent where the teacher was not analyzed. */
  readonly ratio?: ByBand;
}

/** Gates of one wavelet-gated module (Eq. 8), by timestep and band: [T][bands]. */
export interface GateCurves {
  /** Name of the module's parameters. */
  readonly module: string;
  readonly direction: 'down' | 'up';
  /** Side of the module's input. */
  readonly size: number;
  /** Over channels and samples. */
  readonly mean: readonly (readonly number[])[];
  /** Standard deviation over samples of the mean over channels. */
  readonly std: readonly (readonly number[])[];
}

export interface ModelAnalysis {
  readonly name: string;
  /** The key of the artifact in the store. */
  readonly key: string;
  readonly weights: 'ema' | 'raw';
  readonly losses: readonly LossPoint[];
  /** Empty without wavelet gating. */
  readonly gates: readonly GateCurves[];
}

export interface Analysis {
  readonly schemaVersion: 1;
  readonly experiment: string;
  readonly sdxVersion: string;
  /** What ran it. */
  readonly engine: Readonly<Record<string, string>>;
  /** Samples at each timestep. */
  readonly count: number;
  /** Rising. */
  readonly timesteps: readonly number[];
  /** [C, H, W] of a latent. */
  readonly latentShape: readonly [number, number, number];
  /** Low frequencies are those below, in cycles per pixel of the latents. */
  readonly cutoff: number;
  /** Names of the wavelet bands, in the order of `GateCurves`. */
  readonly bands: readonly string[];
  readonly models: readonly ModelAnalysis[];
  /**
   * What the noisy latent itself would cost as a prediction of the noise. At high noise it is almost right: a model above
   * it loses by not passing its input through, not by what it does not know of images.
   */
  readonly copy: readonly LossPoint[];
}
