// The networks that an experiment's configuration stands for: sizes follow from the images, through the
// autoencoder, to the UNets; a student is the teacher's network with its changes.
import { UserError } from '../errors.ts';
import type { AutoencoderConfig } from '../models/autoencoder-config.ts';
import { checkUNetConfig, type UNetConfig } from '../models/unet-config.ts';
import type { Experiment } from './types.generated.ts';

export interface Networks {
  /** Absent where diffusion works on pixels. */
  readonly autoencoder: AutoencoderConfig | undefined;
  readonly latentShape: readonly [channels: number, height: number, width: number];
  readonly teacher: UNetConfig;
  readonly students: Readonly<Record<string, UNetConfig>>;
}

const imageChannels = 3;

/** All networks of `config`. Throws UserError('usage') on the first whose sizes do not fit. */
export function networksOf(config: Experiment): Networks {
  return {
    autoencoder: autoencoderConfigOf(config),
    latentShape: latentShapeOf(config),
    teacher: checked(unetConfigOf(config, 'teacher')),
    students: Object.fromEntries(
      Object.keys(config.students).map((name) => [name, checked(unetConfigOf(config, { student: name }))]),
    ),
  };
}

export function autoencoderConfigOf({ autoencoder, dataset }: Experiment): AutoencoderConfig | undefined {
  if (autoencoder.kind === 'none') return undefined;
  const { channels, channelMult, numResBlocks, attnResolutions, zChannels, embedDim } = autoencoder;
  return {
    doubleZ: true,
    zChannels,
    resolution: dataset.size,
    inChannels: imageChannels,
    outChannels: imageChannels,
    channels,
    channelMult,
    numResBlocks,
    attnResolutions,
    embedDim,
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
  const teacher: UNetConfig = {
    ...config.teacher.unet,
    imageSize: side,
    inChannels: channels,
    outChannels: channels,
    spatialTransformer: undefined,
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
