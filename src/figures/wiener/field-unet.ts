// A small UNet that learns to predict the noise of the fields, as a diffusion model does. The fields are Gaussian, so no
// network can do better than the Wiener filter at any noise level: the distance from it is all that there is to lose, and
// it is measured without the noise that nobody can predict.
import * as tf from '@tensorflow/tfjs-core';
import { forwardCoefficients, qSample } from '../../diffusion/forward-process.ts';
import { scaledLinearSchedule, type ScheduleConfig } from '../../diffusion/schedule.ts';
import type { Engine, HostTensor, HostTensors, Tensors, TensorSpecs } from '../../engine/engine.ts';
import { InvariantError } from '../../errors.ts';
import { PlaneSpectrum } from '../../metrics/plane-spectrum.ts';
import type { UNetConfig } from '../../models/unet/unet-config.ts';
import { unet, unetSpec } from '../../models/unet/unet.ts';
import { batchNormal, integers } from '../../rng/noise.ts';
import { trainSmall, type SmallTraining } from '../train-small.ts';
import { fieldPower, fourierConstants, fromFourier, respond, responseTensor, toFourier } from './fields.ts';
import { wienerResponse } from './responses.ts';

export interface FieldUNetTask {
  readonly engine: Engine;
  readonly training: SmallTraining;
  readonly schedule: ScheduleConfig;
  readonly config: UNetConfig;
  readonly seed: number;
  /** Where the excess is measured, on `fields` new fields in batches of the training's size. */
  readonly timesteps: readonly number[];
  readonly fields: number;
  readonly signal?: AbortSignal | undefined;
}

/** E|prediction - Wiener filter's|^2 at each (u, v), [size, size], for each of the timesteps. */
export type ExcessPlanes = readonly Float64Array[];

export async function trainFieldUNet(task: FieldUNetTask): Promise<ExcessPlanes> {
  const { engine, training, config, seed, signal } = task;
  const { specs, constants, batch, noised } = fieldBatches(task);
  let excess: ExcessPlanes = [];
  await trainSmall({
    engine,
    training,
    seed,
    signal,
    constants,
    specs: unetSpec(config),
    inputs: specs,
    loss: (params, { inputs, constants: fixed }) => {
      const { xt, epsilon } = noised(inputs, fixed);
      const { output } = unet(params, config, xt, inputs['timesteps']!);
      return { loss: tf.mean(tf.squaredDifference(output, epsilon)) };
    },
    batch: (step) => batch('train', step, timestepsOf(task, step)),
    onWeights: async (weights) => {
      excess = await measureExcess(task, weights);
    },
  });
  return excess;
}

/** The timesteps of a batch, each as likely as any other. */
function timestepsOf({ seed, training, schedule }: FieldUNetTask, step: number): number[] {
  return [...integers(seed, 'train/t', step, 0, training.batchSize, schedule.timesteps)];
}

/** How far a network of these weights is from the best prediction, at each of the timesteps. */
export async function measureExcess(task: FieldUNetTask, weights: HostTensors): Promise<ExcessPlanes> {
  const { engine, training, config, schedule: scheduleConfig, timesteps, fields, signal } = task;
  const { size, specs, constants, batch, noised } = fieldBatches(task);
  const { alphaBar } = scaledLinearSchedule(scheduleConfig);
  const wiener = { shape: [1, size ** 2], dtype: 'float32' } as const;
  const program = await engine.compile(
    ({ inputs, constants: fixed }) => {
      const { xt } = noised(inputs, fixed);
      const { output } = unet(fixed, config, xt, inputs['timesteps']!);
      const best = fromFourier(respond(toFourier(flat(xt), fixed), inputs['wiener']!), fixed);
      return { outputs: { difference: tf.sub(flat(output), best) } };
    },
    { inputs: { ...specs, wiener }, constants: { ...constants, ...weights } },
  );
  const plane = new PlaneSpectrum(size);
  try {
    const planes: Float64Array[] = [];
    for (const t of timesteps) {
      const response = fieldPower(size).map((power) => wienerResponse({ power, alphaBar: alphaBar[t]! }));
      const sums = new Float64Array(size ** 2);
      let taken = 0;
      for (let n = 0; taken < fields; n++) {
        signal?.throwIfAborted();
        const inputs = batch('measure', n, Array<number>(training.batchSize).fill(t));
        const { difference } = await program.run({ ...inputs, wiener: responseTensor(response) });
        if (difference === undefined) throw new InvariantError('no difference came out');
        for (const powers of plane.powers(difference.data)) {
          for (const [at, power] of powers.entries()) sums[at]! += power;
          taken++;
        }
      }
      planes.push(sums.map((sum) => sum / taken));
    }
    return planes;
  } finally {
    await program.dispose();
  }
}

interface FieldBatches {
  readonly size: number;
  /** White noise for x0 and for epsilon [B, size^2], timesteps and their factors [B]. */
  readonly specs: TensorSpecs;
  readonly constants: HostTensors;
  /** Noise of the stream `stream` and this number. */
  readonly batch: (stream: string, number: number, timesteps: readonly number[]) => HostTensors;
  /** x_t and epsilon, [B, 1, size, size]. */
  readonly noised: (
    inputs: Tensors,
    constants: Tensors,
  ) => { readonly xt: tf.Tensor; readonly epsilon: tf.Tensor };
}

function fieldBatches({ config, schedule: settings, training, seed }: FieldUNetTask): FieldBatches {
  const { imageSize: size } = config;
  const { batchSize } = training;
  const schedule = scaledLinearSchedule(settings);
  const pixels = size ** 2;
  const planes = { shape: [batchSize, pixels], dtype: 'float32' } as const;
  const vector = { shape: [batchSize], dtype: 'float32' } as const;
  const indices = Array.from({ length: batchSize }, (_, i) => i);
  const numbers = (data: Float32Array): HostTensor => ({ ...vector, data });
  return {
    size,
    specs: {
      white: planes,
      epsilon: planes,
      timesteps: vector,
      sqrtAlphaBar: vector,
      sqrtOneMinusAlphaBar: vector,
    },
    constants: { colour: responseTensor(fieldPower(size).map(Math.sqrt)), ...fourierConstants(size) },
    batch: (stream, number, timesteps) => {
      const noise = (name: string): HostTensor => ({
        ...planes,
        data: batchNormal(seed, `${stream}/${name}`, number, indices, pixels),
      });
      const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = forwardCoefficients(schedule, timesteps);
      return {
        white: noise('white'),
        epsilon: noise('epsilon'),
        timesteps: numbers(Float32Array.from(timesteps)),
        sqrtAlphaBar: numbers(sqrtAlphaBar),
        sqrtOneMinusAlphaBar: numbers(sqrtOneMinusAlphaBar),
      };
    },
    noised: (inputs, constants) => {
      const images = (rows: tf.Tensor): tf.Tensor => tf.reshape(rows, [batchSize, 1, size, size]);
      const x0 = images(
        fromFourier(respond(toFourier(inputs['white']!, constants), constants['colour']!), constants),
      );
      const epsilon = images(inputs['epsilon']!);
      const xt = qSample(x0, epsilon, inputs['sqrtAlphaBar']!, inputs['sqrtOneMinusAlphaBar']!);
      return { xt, epsilon };
    },
  };
}

/** [B, 1, size, size] -> [B, size^2]. */
function flat(images: tf.Tensor): tf.Tensor {
  return tf.reshape(images, [images.shape[0], -1]);
}
