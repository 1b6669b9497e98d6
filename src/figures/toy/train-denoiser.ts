// One run of the toy: trains a denoiser, measures on the way how far it is from the best one, by frequency, and at the
// end draws signals from it.
import * as tf from '@tensorflow/tfjs-core';
import { ancestralStep } from '../../diffusion/ancestral.ts';
import { forwardCoefficients } from '../../diffusion/forward-process.ts';
import { scaledLinearSchedule, type Schedule, type ScheduleConfig } from '../../diffusion/schedule.ts';
import type { Engine, HostTensor, HostTensors, Tensors } from '../../engine/engine.ts';
import { InvariantError } from '../../errors.ts';
import { batchNormal, integers } from '../../rng/noise.ts';
import { trainSmall, type SmallTraining } from '../train-small.ts';
import { denoiser, denoiserSpec, type DenoiserConfig } from './denoiser.ts';
import { columnMeans, frequenciesOf, magnitudes } from './fourier.ts';
import type { SignalSet } from './signals.ts';

export interface DenoiserTask {
  readonly engine: Engine;
  readonly training: SmallTraining;
  readonly schedule: ScheduleConfig;
  readonly config: DenoiserConfig;
  readonly signals: SignalSet;
  readonly seed: number;
  /** Steps after which the excess is measured; after the last in any case. */
  readonly at: readonly number[];
  readonly measure: MeasureSettings;
  /** Signals to draw at the end; 0: none. */
  readonly samples: number;
  readonly signal?: AbortSignal | undefined;
}

export interface MeasureSettings {
  readonly timesteps: readonly number[];
  /** Signals at each of them. */
  readonly signals: number;
}

/** E|prediction - best prediction|^2 by frequency, mean over the timesteps; white noise of variance 1 has 1. */
export interface ExcessAt {
  readonly step: number;
  readonly excess: readonly number[];
}

export interface DenoiserRun {
  readonly curve: readonly ExcessAt[];
  /** Drawn signals, [samples, length]. */
  readonly drawn: Float32Array;
}

/** Predicts the noise in signals [B, length] at timestep t. */
type Predict = (noisy: Float32Array, t: number) => Promise<ArrayLike<number>>;

export async function trainDenoiser(task: DenoiserTask): Promise<DenoiserRun> {
  const { engine, training, config, signals, seed, at, samples, signal } = task;
  const { length } = config;
  const schedule = scaledLinearSchedule(task.schedule);
  const rows = { shape: [training.batchSize, length], dtype: 'float32' } as const;
  const vector = { shape: [training.batchSize], dtype: 'float32' } as const;
  const curve: ExcessAt[] = [];
  let drawn: Float32Array = new Float32Array(0);
  await trainSmall({
    engine,
    training,
    seed,
    signal,
    specs: denoiserSpec(config),
    inputs: { noisy: rows, epsilon: rows, timesteps: vector },
    loss: (params, { inputs: { noisy, epsilon, timesteps } }) => ({
      loss: tf.mean(tf.squaredDifference(denoiser(params, config, noisy!, timesteps!), epsilon!)),
    }),
    batch: (step) => {
      const { batchSize } = training;
      const timesteps = integers(seed, 'train/t', step, 0, batchSize, schedule.alphaBar.length);
      const x0 = signals.draw(seed, 'train', step, batchSize);
      const epsilon = noiseOf(seed, 'train/epsilon', step, batchSize, length);
      return {
        noisy: { ...rows, data: noise(schedule, timesteps, x0, epsilon) },
        epsilon: { ...rows, data: epsilon },
        timesteps: { ...vector, data: Float32Array.from(timesteps) },
      };
    },
    at,
    onWeights: async (weights, step) => {
      const excess = await withPrediction(task, weights, task.measure.signals, (predict) =>
        measureExcess(task, schedule, predict),
      );
      curve.push({ step, excess });
      if (step === training.steps && samples > 0)
        drawn = await withPrediction(task, weights, samples, (predict) =>
          drawSignals(task, schedule, predict),
        );
    },
  });
  return { curve, drawn };
}

/** What the best denoiser draws from the same noise: the floor of every score of drawn signals. */
export function drawBest(
  task: Omit<DenoiserTask, 'engine' | 'training' | 'at' | 'measure'>,
): Promise<Float32Array> {
  const schedule = scaledLinearSchedule(task.schedule);
  return drawSignals(task, schedule, (noisy, t) =>
    Promise.resolve(bestPrediction(task.signals, schedule, noisy, t)),
  );
}

/** What predicting no noise at all costs beyond the best prediction: E|best prediction|^2 by frequency. */
export function zeroExcess(task: DenoiserTask): Promise<number[]> {
  return measureExcess(task, scaledLinearSchedule(task.schedule), (noisy) =>
    Promise.resolve(new Float32Array(noisy.length)),
  );
}

/** epsilon = (x_t - sqrt(alphaBar) E[x0 | x_t]) / sqrt(1 - alphaBar). */
function bestPrediction(
  signals: SignalSet,
  { alphaBar }: Schedule,
  noisy: Float32Array,
  t: number,
): Float64Array {
  const left = alphaBar[t]!;
  return signals
    .restore(noisy, left)
    .map((value, i) => (noisy[i]! - Math.sqrt(left) * value) / Math.sqrt(1 - left));
}

async function withPrediction<T>(
  { engine, config }: DenoiserTask,
  weights: HostTensors,
  count: number,
  use: (predict: Predict) => Promise<T>,
): Promise<T> {
  const rows = { shape: [count, config.length], dtype: 'float32' } as const;
  const vector = { shape: [count], dtype: 'float32' } as const;
  const program = await engine.compile(
    ({ inputs, constants }: { readonly inputs: Tensors; readonly constants: Tensors }) => ({
      outputs: { predicted: denoiser(constants, config, inputs['noisy']!, inputs['timesteps']!) },
    }),
    { inputs: { noisy: rows, timesteps: vector }, constants: weights },
  );
  const predict: Predict = async (noisy, t) => {
    const timesteps: HostTensor = { ...vector, data: new Float32Array(count).fill(t) };
    const { predicted } = await program.run({ noisy: { ...rows, data: noisy }, timesteps });
    if (predicted === undefined) throw new InvariantError('no prediction came out');
    return predicted.data;
  };
  try {
    return await use(predict);
  } finally {
    await program.dispose();
  }
}

async function measureExcess(
  { signals, config: { length }, seed, measure }: DenoiserTask,
  schedule: Schedule,
  predict: Predict,
): Promise<number[]> {
  const frequencies = frequenciesOf(length);
  const count = measure.signals;
  const sums = new Float64Array(frequencies);
  for (const t of measure.timesteps) {
    const timesteps = Array<number>(count).fill(t);
    const x0 = signals.draw(seed, 'measure', t, count);
    const noisy = noise(schedule, timesteps, x0, noiseOf(seed, 'measure/epsilon', t, count, length));
    const predicted = await predict(noisy, t);
    const difference = bestPrediction(signals, schedule, noisy, t).map((best, i) => predicted[i]! - best);
    const powers = magnitudes(difference, length).map((magnitude) => magnitude ** 2 / length);
    for (const [k, mean] of columnMeans(powers, frequencies).entries()) sums[k]! += mean;
  }
  return Array.from(sums, (sum) => sum / measure.timesteps.length);
}

async function drawSignals(
  { config: { length }, seed, samples, signal }: Pick<DenoiserTask, 'config' | 'seed' | 'samples' | 'signal'>,
  schedule: Schedule,
  predict: Predict,
): Promise<Float32Array> {
  const last = schedule.betas.length - 1;
  let x = noiseOf(seed, 'sample/start', 0, samples, length);
  for (let t = last; t >= 0; t--) {
    signal?.throwIfAborted();
    const [beta, alphaBar] = [schedule.betas[t]!, schedule.alphaBar[t]!];
    const noise = t === 0 ? undefined : noiseOf(seed, 'sample/noise', t, samples, length);
    x = ancestralStep(x, await predict(x, t), { beta, alphaBar, variance: beta }, noise);
  }
  return x;
}

function noiseOf(seed: number, stream: string, step: number, count: number, length: number): Float32Array {
  return batchNormal(
    seed,
    stream,
    step,
    Array.from({ length: count }, (_, i) => i),
    length,
  );
}

/** x_t of rows x0 and epsilon [B, length], Eq. 2. */
function noise(
  schedule: Schedule,
  timesteps: ArrayLike<number>,
  x0: Float32Array,
  epsilon: Float32Array,
): Float32Array {
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = forwardCoefficients(schedule, timesteps);
  const length = x0.length / timesteps.length;
  return x0.map((value, at) => {
    const row = Math.floor(at / length);
    return sqrtAlphaBar[row]! * value + sqrtOneMinusAlphaBar[row]! * epsilon[at]!;
  });
}
