// What each stage tells the report and the stages after it: JSON written with the artifact. Names of files are
// relative to the artifact's folder.
import type { Credits } from '../datasets/dataset.ts';
import type { GateCurves } from '../results/analysis.ts';
import type { CurvePoint, SpectrumResult } from '../results/manifest.ts';
import type { MetricCard } from '../results/metric-card.ts';

export interface DatasetSummary {
  readonly kind: string;
  readonly count: number;
  readonly size: number;
  readonly digest: string;
  readonly preprocessing: string;
  readonly corrupt: readonly { readonly file: string; readonly reason: string }[];
  readonly classes?: number;
  readonly credits?: Credits;
  readonly grid: string;
}

/** Shared by everything that is trained or loaded. */
export interface TrainedSummary {
  readonly source: 'trained' | 'loaded';
  readonly params: number;
  /** Optimizer steps done; 0 for loaded weights. */
  readonly steps: number;
  readonly finalLoss?: number;
  readonly curve: readonly CurvePoint[];
  /** Wall-clock seconds of training in this and earlier, interrupted runs. */
  readonly seconds: number;
}

export interface AutoencoderSummary extends TrainedSummary {
  /** Mean absolute error of reconstructions, pixels in [-1, 1]. */
  readonly reconstructionError: number;
  /** Rows of originals and their reconstructions. */
  readonly grid: string;
}

export interface LatentsSummary {
  readonly count: number;
  /** [C, H, W] of one latent. */
  readonly latentShape: readonly [number, number, number];
  readonly scaleFactor: number;
  /** Standard deviation over all scaled latents. */
  readonly std: number;
}

/** Of a teacher or student. */
export interface ModelSummary extends TrainedSummary {
  readonly modelChannels: number;
  readonly waveletGating: boolean;
  readonly macs: number;
  readonly attentionMacs: number;
}

export interface ReferenceSummary {
  /** Images behind the statistics; null where a file of statistics does not say. */
  readonly count: number | null;
  /** Digest of the images and their preprocessing, or of the file of statistics. */
  readonly digest: string;
  /** Where mean and covariance are: in statistics.npz, computed or from a file; or, of few images, in their features. */
  readonly statistics: 'computed' | 'file' | 'of-features';
  readonly preprocessing: string;
  /** Kind of the data set; it decides the protocol that published scores follow. */
  readonly datasetKind: string;
  readonly extractorDigest: string;
  /** Mean power by radius. */
  readonly radial: readonly number[];
}

export interface SampleSummary {
  readonly count: number;
  readonly grid: string;
  /** Of this process; absent where others have drawn all of them. */
  readonly samplesPerSecond?: number;
  readonly sampler: {
    readonly name: string;
    readonly steps: number;
    readonly eta: number;
    readonly guidanceScale: number | null;
    readonly weights: 'ema' | 'raw';
  };
}

export interface AnalyzeSummary {
  /** Samples at each timestep. */
  readonly count: number;
  /** Rising. */
  readonly timesteps: readonly number[];
  readonly weights: 'ema' | 'raw';
  /** Low frequencies are below, cycles per pixel of the latents. */
  readonly cutoff: number;
  /**
   * File of the losses by sample, [T, count] float32: `low` and `high`, of which the sum is the loss; `copyLow` and
   * `copyHigh`, those of x_t itself as a prediction.
   */
  readonly losses: string;
  /** In the order in which the modules run; empty without wavelet gating. */
  readonly gates: readonly GateCurves[];
}

export interface EvaluateSummary {
  readonly card: MetricCard;
  readonly fid?: number;
  /** Further scores by name: kid, kidStd, precision, recall. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly spectrum?: SpectrumResult;
}
