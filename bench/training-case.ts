// What benchmarks of training train: the UNets of the emoji experiments and of LDM's shape, starting weights and batches
// that are the same in every process, mean squared error, AdamW.
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type HostTensor, type HostTensors } from '../src/engine/engine.ts';
import { initParams } from '../src/models/init-params.ts';
import type { UNetConfig } from '../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../src/models/unet/unet.ts';
import type { Trained, TrainHyperparameters } from '../src/optim/train-step.ts';
import { normal, uniform } from '../src/rng/noise.ts';

/** LDM's shape at a third of its width, on 32-pixel images. */
export const ldmUnet: UNetConfig = {
  imageSize: 32,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 64,
  channelMult: [1, 2, 3],
  numResBlocks: 2,
  attentionResolutions: [2, 4],
  numHeadChannels: 32,
  useScaleShiftNorm: false,
  resblockUpdown: false,
  spatialTransformer: undefined,
  legacy: true,
  waveletGating: false,
  waveletFusion: 'conv',
};

/** The same on latents of 4 channels and 16 pixels: the emoji teacher. */
export const emojiUnet: UNetConfig = { ...ldmUnet, imageSize: 16, inChannels: 4, outChannels: 4 };

export const adamw: TrainHyperparameters = {
  steps: 1000,
  learningRate: 1e-4,
  lrSchedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  gradClip: 0,
  emaDecay: 0.9,
};

/** Mean squared error between the UNet's output for inputs `x` and `t` and the input `target`. */
export function regression(config: UNetConfig): Trained {
  return {
    specs: unetSpec(config),
    loss: (params, { inputs: { x, t, target } }) => ({
      loss: tf.mean(tf.squaredDifference(unet(params, config, x!, t!).output, target!)),
    }),
  };
}

/** Float32 noise times `scale`, a function of `name` and `sample` alone. */
export function draw(name: string, shape: readonly number[], scale = 1, sample = 0): HostTensor {
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from(normal(0, name, 0, sample, sizeOf(shape)), (z) => scale * z),
  };
}

/** `x`, `t` and `target` of `samples` samples; `part` tells the parts of one batch apart. */
export function drawBatch({ inChannels, outChannels, imageSize }: UNetConfig, samples: number, part = 0) {
  const shape = (channels: number): number[] => [samples, channels, imageSize, imageSize];
  const t = Float32Array.from({ length: samples }, (_, i) => 10 + 50 * i);
  return {
    x: draw('x', shape(inChannels), 1, part),
    t: { shape: [samples], dtype: 'float32', data: t },
    target: draw('target', shape(outChannels), 1, part),
  } as const;
}

/** Starting weights, with noise on those that start at zero: nothing may hide behind a zero. */
export function startingWeights(config: UNetConfig): HostTensors {
  const drawn = initParams(unetSpec(config), {
    uniform: (name, n) => uniform(0, name, 0, 0, n),
    normal: (name, n) => normal(0, name, 0, 0, n),
  });
  return Object.fromEntries(
    Object.entries(drawn).map(([name, tensor]) => [
      name,
      tensor.data.every((x) => x === 0) ? draw(name, tensor.shape, 0.02) : tensor,
    ]),
  );
}
