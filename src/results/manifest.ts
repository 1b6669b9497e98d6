// What an experiment hands to its report: plain JSON, complete enough that every table, plot and page can be made
// again from it alone. The runner fills it; nothing here is computed.
import type { Labels } from './labels.ts';
import type { MetricCard } from './metric-card.ts';
import type { Experiment } from '../config/types.generated.ts';

/** A data set of the paper's tables. */
export type PaperDataset = NonNullable<Experiment['paper']>;

/** A measured value and how it was taken. */
export interface Metric {
  readonly value: number;
  readonly card: MetricCard;
}

/** One logged training step; further named losses stand beside `loss`. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly [name: string]: number;
}

/** Spectral comparison with the reference images (the paper's Table 1). */
export interface SpectrumResult {
  readonly lowError: number;
  readonly highError: number;
  /** Mean power by integer radius (cycles per image), from radius 0. */
  readonly radial: readonly number[];
}

/** What real images score against other real images: by themselves, or encoded and decoded. */
export interface FloorResult {
  readonly name: 'real images' | 'autoencoder';
  readonly fid?: Metric;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly spectrum?: SpectrumResult;
}

export type ModelStatus = 'done' | 'failed' | 'not-run';

export interface ModelResult {
  readonly name: string;
  readonly role: 'teacher' | 'student';
  readonly status: ModelStatus;
  /** Why, where `status` is not `done`. */
  readonly reason?: string;
  /** How a student came about, in words; absent for the paper's own method and for teachers. */
  readonly method?: string;
  readonly waveletGating: boolean;
  /** Distillation terms in the training loss. */
  readonly spatial: boolean;
  readonly freq: boolean;
  /** Settings by which network or losses depart from the paper's, in words; absent where none does. */
  readonly variants?: readonly string[];
  readonly modelChannels: number;
  readonly params: number;
  /** Multiply-adds of convolutions and linear layers for one step of one sample; attention products apart. */
  readonly macs: number;
  readonly attentionMacs: number;
  /** Training steps done. */
  readonly steps: number;
  readonly finalLoss?: number;
  readonly curve: readonly CurvePoint[];
  readonly fid?: Metric;
  /** Other metrics by name: kid, ... */
  readonly metrics?: Readonly<Record<string, Metric>>;
  readonly spectrum?: SpectrumResult;
  /** Absent where the model samples in float32. */
  readonly int8?: Int8Result;
  /** File names within the results folder. */
  readonly files?: { readonly grid?: string };
}

/** How a model computes on integers while it samples. */
export interface Int8Result {
  /** Convolutions on integers, of those that could be. */
  readonly layers: number;
  readonly convolutions: number;
  /** How far predictions move, as a share of them (root mean squares). */
  readonly error: number;
  /** Of the denoising network's weights. */
  readonly bytes: { readonly float32: number; readonly int8: number };
}

/** What is measured of images, wherever they come from. */
export type Measurements = Pick<ModelResult, 'fid' | 'metrics' | 'spectrum'>;

export interface ResultsManifest extends Labels {
  readonly schemaVersion: 1;
  readonly experiment: string;
  /** The folder of the results below that of the experiment, where it was changed for this run. */
  readonly variant?: string;
  readonly description: string;
  readonly configDigest: string;
  /** The resolved configuration, defaults included, `threads` left out (runner/portable.ts). */
  readonly config: unknown;
  readonly seed: number;
  readonly sdxVersion: string;
  /** `Engine.describe()` without the number of threads. */
  readonly engine: Readonly<Record<string, string>>;
  readonly stages: readonly { readonly kind: string; readonly name: string; readonly key: string }[];
  readonly dataset: {
    readonly kind: string;
    readonly count: number;
    readonly size: number;
    readonly digest: string;
    readonly preprocessing: string;
    readonly corrupt: number;
    readonly classes?: number;
    /** Whose images they are, where that is known. */
    readonly credits?: {
      readonly title: string;
      readonly creator: string;
      readonly source: string;
      readonly licence: string;
    };
    /** Mean power by radius of the reference images. */
    readonly radial?: readonly number[];
    readonly files?: { readonly grid?: string };
  };
  readonly autoencoder?: {
    readonly name: string;
    readonly params: number;
    /** Shape of one latent, channels first. */
    readonly latentShape: readonly number[];
    readonly source: 'trained' | 'loaded';
    readonly reconstructionError?: number;
    readonly curve: readonly CurvePoint[];
    readonly files?: { readonly grid?: string };
  };
  readonly models: readonly ModelResult[];
  /** Absent where they were not asked for, or failed. */
  readonly floors?: readonly FloorResult[];
  /** Data set of the paper whose numbers are shown beside ours. */
  readonly paper?: { readonly dataset: PaperDataset };
}
