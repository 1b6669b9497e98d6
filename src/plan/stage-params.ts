// What each kind of stage is given: the resolved parts of the experiment that it needs, plain JSON. Stages are
// written against these types; compile.ts fills them. Inputs and seeds of the kinds: catalog.ts.
import type { ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import type { Experiment } from '../config/types.generated.ts';
import type { Networks } from '../config/networks.ts';

type AutoencoderConfig = NonNullable<Networks['autoencoder']>;
type UNetConfig = Networks['teacher'];
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

/** One latent, channels first. */
export type LatentShape = Networks['latentShape'];

type TextEncoder = Extract<Experiment['conditioning'], { readonly kind: 'text' }>['encoder'];

/** Conditional models: what they are told, and where it comes from. */
export interface ConditioningParams {
  readonly network: ConditionerConfig;
  /** Share of training samples whose condition is dropped. */
  readonly dropRate: number;
  /** How captions become ids. */
  readonly textEncoder?: TextEncoder;
}

/** Opens, checks and counts the images. Inputs: none. */
export interface DatasetParams {
  readonly dataset: Experiment['dataset'];
  /** What the images are for: the models' training, or, where they are others, scoring. */
  readonly use: 'training' | 'evaluation';
}

/** Trains the autoencoder on the images, or loads it: exactly one of `train` and `checkpoint`. Inputs: dataset, if trained. */
export interface AutoencoderParams {
  readonly network: AutoencoderConfig;
  readonly checkpoint?: CheckpointParams;
  readonly train?: AutoencoderTrainingParams;
}

/** Encodes all images. Inputs: dataset; autoencoder, unless the latents are the pixels. */
export interface LatentsParams {
  /** Absent: latents are the images in [-1, 1]. */
  readonly network?: AutoencoderConfig;
  /** Encoder output times this is the latent; `auto` is 1 / standard deviation over the data set. 1 for pixels. */
  readonly scaleFactor: number | 'auto' | 'checkpoint';
  /** Where the scale is read from if it is `checkpoint`. */
  readonly checkpoint?: CheckpointParams;
  readonly latentShape: LatentShape;
  /** Of a KL autoencoder, one draw is kept instead of mean and standard deviation. */
  readonly sampled?: true;
}

/** Features and moments of the real images. Inputs: dataset. */
export interface ReferenceParams {
  readonly extractor: ExtractorParams;
  /** File of their mean and covariance, which are then not computed. */
  readonly stats?: string;
  /** Images from the first on; 0 is all. */
  readonly count: number;
  readonly batchSize: number;
}

/** The large model: exactly one of `train` and `checkpoint`. Inputs: latents and dataset, if trained. */
export interface TeacherParams {
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  readonly checkpoint?: CheckpointParams;
  readonly train?: TrainingParams;
}

export interface StudentParams {
  readonly name: string;
  readonly unet: UNetConfig;
  /** Distillation terms in the loss (Eq. 9; Eq. 10-11). */
  readonly spatial: boolean;
  readonly freq: boolean;
}

/** Trains one student. Inputs: latents; teacher, where the loss or the embedder needs it; dataset, where conditional. */
export interface DistillParams {
  readonly student: StudentParams;
  readonly conditioning?: ConditioningParams;
  /** The student takes the teacher's embedder, frozen. */
  readonly copyEmbedder: boolean;
  /** Present exactly where the teacher is an input. */
  readonly teacherUnet?: UNetConfig;
  readonly distill: Experiment['distill'] & Distribution;
  readonly diffusion: DiffusionParams;
  readonly latentShape: LatentShape;
}

/** Samples and decodes images of one model. Inputs: model, latents (their scale factor), autoencoder unless pixels. */
export interface SampleParams {
  /** `teacher`, or the student's name. */
  readonly model: string;
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly network?: AutoencoderConfig;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  readonly sample: Experiment['sample'];
}

/** Scores one model's samples. Inputs: sample, reference. */
export interface EvaluateParams {
  readonly model: string;
  readonly extractor: ExtractorParams;
  readonly metrics: readonly MetricName[];
  readonly batchSize: number;
}

/**
 * Losses and gates of one model over noise levels. Inputs: model, latents; dataset, where conditional. Not part of a run:
 * plans have it only where it is asked for.
 */
export interface AnalyzeParams {
  readonly model: string;
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  /** As sampling does: the averaged weights. */
  readonly useEma: boolean;
  readonly analyze: NonNullable<Experiment['analyze']>;
}

/** Parameters by stage kind: the closed list of kinds. */
export interface StageParams {
  readonly dataset: DatasetParams;
  readonly autoencoder: AutoencoderParams;
  readonly latents: LatentsParams;
  readonly reference: ReferenceParams;
  readonly teacher: TeacherParams;
  readonly distill: DistillParams;
  readonly sample: SampleParams;
  readonly evaluate: EvaluateParams;
  readonly analyze: AnalyzeParams;
}

export type StageKind = keyof StageParams;
