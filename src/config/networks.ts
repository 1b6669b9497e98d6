// The networks that an experiment's configuration stands for: sizes follow from the images, through the
// autoencoder, to the UNets; a student is the teacher's network with its changes.
import { InvariantError } from '../errors.ts';
import type { AutoencoderConfig } from '../models/autoencoder/autoencoder-config.ts';
import { clipVitL14Text } from '../models/clip/clip-text-config.ts';
import { contextWidth, type ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import { withoutBlocks } from '../models/unet/removed-blocks.ts';
import { unetMisfit, type UNetConfig } from '../models/unet/unet-config.ts';
import { methodOf } from './student-methods.ts';
import type { Experiment, Student } from './types.generated.ts';

export interface Networks {
  /** Absent where diffusion works on pixels. */
  readonly autoencoder: AutoencoderConfig | undefined;
  readonly latentShape: readonly [channels: number, height: number, width: number];
  /** Absent where models are unconditional. */
  readonly conditioner: ConditionerConfig | undefined;
  readonly teacher: UNetConfig;
  readonly students: Readonly<Record<string, UNetConfig>>;
}

const imageChannels = 3;

/** Names by which commands know the networks beside the students. */
export const reservedNames = ['teacher', 'autoencoder', 'text-encoder'] as const;

/** All networks of `config`. Throws InvariantError where sizes do not fit: checkExperiment finds these. */
export function networksOf(config: Experiment): Networks {
  return {
    autoencoder: autoencoderConfigOf(config),
    latentShape: latentShapeOf(config),
    conditioner: conditionerOf(config),
    teacher: checked(unetConfigOf(config, 'teacher')),
    students: Object.fromEntries(
      Object.keys(config.students).map((name) => [name, checked(unetConfigOf(config, { student: name }))]),
    ),
  };
}

function autoencoderConfigOf({ autoencoder, dataset }: Experiment): AutoencoderConfig | undefined {
  if (autoencoder.kind === 'none') return undefined;
  const { channels, channelMult, numResBlocks, attnResolutions, zChannels, embedDim } = autoencoder;
  return {
    doubleZ: autoencoder.kind === 'kl',
    zChannels,
    resolution: dataset.size,
    inChannels: imageChannels,
    outChannels: imageChannels,
    channels,
    channelMult,
    numResBlocks,
    attnResolutions,
    embedDim,
    ...(autoencoder.kind === 'vq' ? { codes: autoencoder.codes } : {}),
  };
}

/** Ids that CLIP's tokenizer gives the empty caption: start, then end, which also fills up. */
const clipStart = 49406;
const clipEnd = 49407;

/** What the models are told, and how it becomes context. */
function conditionerOf({ conditioning }: Experiment): ConditionerConfig | undefined {
  if (conditioning.kind === 'none') return undefined;
  if (conditioning.kind === 'class') {
    const { classes, width } = conditioning;
    return { kind: 'class', classes, width };
  }
  const { encoder } = conditioning;
  if (encoder.kind === 'clip') {
    const padding = new Array<number>(clipVitL14Text.positions - 1).fill(clipEnd);
    return { kind: 'text', encoder: clipVitL14Text, emptyCaption: [clipStart, ...padding] };
  }
  const { width, layers, heads, tokens, vocabulary } = encoder;
  return {
    kind: 'text',
    encoder: {
      vocabSize: vocabulary,
      positions: tokens,
      width,
      heads,
      layers,
      hiddenWidth: 4 * width,
      activation: 'gelu',
    },
    emptyCaption: new Array<number>(tokens).fill(0),
  };
}

/** How many pixels of an image's side make one of its latent's. */
export function reductionOf({ autoencoder }: Experiment): number {
  return autoencoder.kind === 'none' ? 1 : 2 ** (autoencoder.channelMult.length - 1);
}

/** [C, H, W] of one latent. Throws InvariantError where the autoencoder cannot halve the images often enough. */
function latentShapeOf(config: Experiment): Networks['latentShape'] {
  const { autoencoder, dataset } = config;
  const side = dataset.size / reductionOf(config);
  if (!Number.isInteger(side))
    throw new InvariantError(
      `images of ${dataset.size} pixels cannot be reduced ${reductionOf(config)} times`,
    );
  return [autoencoder.kind === 'none' ? imageChannels : autoencoder.embedDim, side, side];
}

/** The UNet of the teacher or of a student of `config`, its layers not yet checked (unetMisfit). */
export function unetConfigOf(
  config: Experiment,
  model: 'teacher' | { readonly student: string },
): UNetConfig {
  const [channels, side] = latentShapeOf(config);
  const conditioner = conditionerOf(config);
  const { transformerDepth, ...unet } = config.teacher.unet;
  const teacher: UNetConfig = {
    ...unet,
    imageSize: side,
    inChannels: channels,
    outChannels: channels,
    spatialTransformer: conditioner && { depth: transformerDepth, contextDim: contextWidth(conditioner) },
    legacy: true,
    waveletGating: false,
    waveletFusion: 'conv',
  };
  if (model === 'teacher') return teacher;
  const student = config.students[model.student];
  if (student === undefined) throw new InvariantError(`there is no student ${model.student}`);
  return studentsNetwork(teacher, student);
}

/** The network of `student`, as its method makes it of the teacher's. What checks refuse is an InvariantError. */
function studentsNetwork(teacher: UNetConfig, student: Student): UNetConfig {
  const { modelChannels, waveletGating, wavelet, waveletFusion, gates, waveletActivation, blocks } = student;
  switch (methodOf(student)) {
    case 'spectral':
      if (modelChannels === undefined) throw new InvariantError('a spectral student has no modelChannels');
      return {
        ...teacher,
        modelChannels,
        waveletGating,
        ...(wavelet && { wavelet }),
        waveletFusion,
        ...(gates && { waveletGates: gates }),
        ...(waveletActivation && { waveletActivation }),
      };
    case 'block-removal':
      if (blocks === undefined) throw new InvariantError('nothing says which blocks are kept');
      return withoutBlocks(teacher, blocks);
    case 'pruned':
      if (modelChannels === undefined) throw new InvariantError('a pruned student has no modelChannels');
      return { ...teacher, modelChannels };
    case 'consistency':
      return teacher;
  }
}

/** `config`, whose layers can be built. */
function checked(config: UNetConfig): UNetConfig {
  const misfit = unetMisfit(config);
  if (misfit !== undefined) throw new InvariantError(misfit);
  return config;
}
