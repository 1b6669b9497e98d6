// The networks that an experiment's configuration stands for: sizes follow from the images, through the
// autoencoder, to the UNets; a student is the teacher's network with its changes.
import { UserError } from '../errors.ts';
import type { AutoencoderConfig } from '../models/autoencoder/autoencoder-config.ts';
import { clipVitL14Text } from '../models/clip/clip-text-config.ts';
import { contextWidth, type ConditionerConfig } from '../models/conditioner/conditioner-config.ts';
import { checkUNetConfig, type UNetConfig } from '../models/unet/unet-config.ts';
import type { Experiment } from './types.generated.ts';

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

/** All networks of `config`. Throws UserError('usage') on the first whose sizes do not fit. */
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

/** [C, H, W] of one latent. Throws UserError('usage') where the autoencoder cannot halve the images often enough. */
export function latentShapeOf({ autoencoder, dataset: { size } }: Experiment): Networks['latentShape'] {
  if (autoencoder.kind === 'none') return [imageChannels, size, size];
  const factor = 2 ** (autoencoder.channelMult.length - 1);
  if (size % factor !== 0)
    throw new UserError('usage', `images of ${size} pixels cannot be reduced ${factor} times`, {
      hint: `make dataset.size a multiple of ${factor}, or give autoencoder.channelMult fewer levels`,
    });
  return [autoencoder.embedDim, size / factor, size / factor];
}

/** The UNet of the teacher or of a student of `config`, its layers not yet checked (checkUNetConfig). */
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
  if (student === undefined) throw new UserError('usage', `there is no student ${model.student}`);
  const { modelChannels, waveletGating, waveletFusion } = student;
  return { ...teacher, modelChannels, waveletGating, waveletFusion };
}

function checked(config: UNetConfig): UNetConfig {
  checkUNetConfig(config);
  return config;
}
