// All that Fig. 3 is made with.
import type { ScheduleConfig } from '../../diffusion/schedule.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import type { SmallTraining } from '../train-small.ts';

export interface WienerSettings {
  /** Of the curves; the paper's text names 0.1 and 0.01. */
  readonly curves: {
    readonly alphaBars: readonly number[];
    readonly frequencies: number;
    readonly lowest: number;
    readonly highest: number;
  };
  /** Side of the fields, pixels. */
  readonly size: number;
  /** latent-diffusion's. */
  readonly schedule: ScheduleConfig;
  readonly seeds: readonly number[];
  readonly filter: {
    readonly alphaBars: readonly number[];
    readonly training: SmallTraining;
    /** The filter has converged where its excess is below this share of the optimum's error. */
    readonly bound: number;
  };
  readonly unet: {
    readonly widths: readonly number[];
    readonly training: SmallTraining;
    /** Noise levels at which the excess is measured, spread evenly, and new fields at each. */
    readonly timesteps: number;
    readonly fields: number;
  };
}

export const wienerSettings: WienerSettings = {
  curves: { alphaBars: [0.999, 0.99, 0.9, 0.5, 0.1, 0.01], frequencies: 100, lowest: 0.1, highest: 100 },
  size: 16,
  schedule: { linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 },
  seeds: [0, 1, 2],
  filter: {
    alphaBars: [0.99, 0.9, 0.5, 0.1, 0.01],
    training: { steps: 1000, batchSize: 32, learningRate: 0.01, emaDecay: 0.99 },
    bound: 0.01,
  },
  unet: {
    // Four times the width is 14 to 16 times the MACs, which is what divides the paper's teachers and students.
    widths: [4, 8, 16],
    training: { steps: 500, batchSize: 16, learningRate: 0.002, emaDecay: 0.99 },
    timesteps: 10,
    fields: 128,
  },
};

/** Small enough for seconds: shows that it works, and nothing else. */
export const wienerSmoke: WienerSettings = {
  ...wienerSettings,
  size: 8,
  seeds: [0, 1],
  filter: {
    ...wienerSettings.filter,
    alphaBars: [0.5],
    training: { ...wienerSettings.filter.training, steps: 200, learningRate: 0.03 },
  },
  unet: {
    widths: [2, 4],
    training: { ...wienerSettings.unet.training, steps: 2, batchSize: 4 },
    timesteps: 2,
    fields: 4,
  },
};

/** A plain UNet of two resolutions: convolutions alone, which is all that a stationary field asks for. */
export function fieldUNet(size: number, width: number): UNetConfig {
  return {
    imageSize: size,
    inChannels: 1,
    outChannels: 1,
    modelChannels: width,
    channelMult: [1, 2],
    numResBlocks: 1,
    attentionResolutions: [],
    numHeads: 1,
    normGroups: 2,
    useScaleShiftNorm: false,
    resblockUpdown: false,
    spatialTransformer: undefined,
    legacy: true,
    waveletGating: false,
    waveletFusion: 'conv',
  };
}
