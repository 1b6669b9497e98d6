// What several kinds of stages are given: resolved parts of the experiment, plain JSON. What only one kind is given stands
// in its describe.ts; plan/compile.ts fills all of it.
import type { Part } from '../datasets/parts.ts';
import type { ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import type { Experiment } from '../config/types.generated.ts';
import type { Networks } from '../config/networks.ts';

type KlAutoencoder = Extract<Experiment['autoencoder'], { readonly kind: 'kl' }>;

/** Where pretrained weights lie; `path` is absolute. */
export type CheckpointParams = NonNullable<KlAutoencoder['checkpoint']>;
/**
 * Present where several processes share each batch. It is among the training settings, and so in the keys of what is
 * trained: sums over processes round differently from sums within one. How many processes there are is not: like
 * threads, they are the machine's; their number stands in the artifact's manifest.
 */
export interface Distribution {
  readonly distributed?: 'mpi';
}

export type AutoencoderTrainingParams = NonNullable<KlAutoencoder['train']> & Distribution;
export type TrainingParams = NonNullable<Experiment['teacher']['train']> & Distribution;
export type DiffusionParams = Experiment['diffusion'];
export type ExtractorParams = Experiment['evaluate']['extractor'];
export type MetricName = Experiment['evaluate']['metrics'][number];

/** The real images that samples are compared with. */
export interface ReferencePart {
  /** The part of the images, where the data set is divided. */
  readonly part: Part;
  /** Images, drawn by class in equal shares; 0 is all. */
  readonly count: number;
}

/** One latent, channels first. */
export type LatentShape = Networks['latentShape'];

/** What samples are told and start from where that is not as in a run. */
export interface ToldSamples {
  /** Captions, in turn, instead of those of the data. */
  readonly captions?: readonly string[];
  /** Names or numbers of classes, in turn, instead of all classes. */
  readonly classes?: readonly string[];
  /** All samples are on the way from the noise of sample 0 to the same of this seed, and are told what sample 0 is told. */
  readonly towards?: number;
}

type TextEncoder = Extract<Experiment['conditioning'], { readonly kind: 'text' }>['encoder'];

/** Conditional models: what they are told, and where it comes from. */
export interface ConditioningParams {
  readonly network: ConditionerConfig;
  /** Share of training samples whose condition is dropped. */
  readonly dropRate: number;
  /** How captions become ids. */
  readonly textEncoder?: TextEncoder;
}

export type DistillSettings = Experiment['distill'] & Distribution;
