// The check of Proposition 1: a filter of as many taps as pixels, trained as a diffusion model is, on fields whose power is
// known. What it has not learned is computed from its weights, without a sample.
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, HostTensors } from '../../engine/engine.ts';
import { InvariantError } from '../../errors.ts';
import { PlaneSpectrum } from '../../metrics/plane-spectrum.ts';
import { batchNormal } from '../../rng/noise.ts';
import { trainSmall, type SmallTraining } from '../train-small.ts';
import {
  convolve,
  evenTransform,
  fieldPower,
  fourierConstants,
  fromFourier,
  kernelOf,
  respond,
  responseTensor,
  ringMeans,
  toFourier,
} from './fields.ts';
import { noisyPower, wienerGain, wienerResponse } from './responses.ts';

export interface LinearFilterTask {
  readonly engine: Engine;
  readonly training: SmallTraining;
  readonly size: number;
  readonly alphaBar: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** A trained filter beside the optimum, by ring; the excess also over the whole plane. */
export interface LinearFilterResult {
  readonly response: readonly number[];
  /** E|H X_t - epsilon|^2 beyond that of the Wiener filter. */
  readonly excess: readonly number[];
  readonly optimum: readonly number[];
  /** Mean excess over mean optimum, all frequencies. */
  readonly relativeExcess: number;
}

/** Weights that start at 0 predict no noise at all. */
const specs = (taps: number) => [{ name: 'h', shape: [1, taps], init: { kind: 'zeros' } }] as const;

export async function trainLinearFilter(task: LinearFilterTask): Promise<LinearFilterResult> {
  const { engine, training, size, alphaBar, seed, signal } = task;
  const pixels = size ** 2;
  const fields = { shape: [training.batchSize, pixels], dtype: 'float32' } as const;
  const indices = Array.from({ length: training.batchSize }, (_, i) => i);
  const draw = (stream: string, step: number) => ({
    ...fields,
    data: batchNormal(seed, stream, step, indices, pixels),
  });
  let trained: HostTensors = {};
  await trainSmall({
    engine,
    training,
    seed,
    signal,
    specs: specs(pixels),
    constants: { colour: responseTensor(fieldPower(size).map(Math.sqrt)), ...fourierConstants(size) },
    inputs: { white: fields, epsilon: fields },
    loss: ({ h }, { inputs: { white, epsilon }, constants }) => {
      const x0 = fromFourier(respond(toFourier(white!, constants), constants['colour']!), constants);
      const xt = tf.add(tf.mul(x0, Math.sqrt(alphaBar)), tf.mul(epsilon!, Math.sqrt(1 - alphaBar)));
      const filtered = convolve(toFourier(xt, constants), toFourier(h!, constants));
      return { loss: tf.mean(tf.squaredDifference(fromFourier(filtered, constants), epsilon!)) };
    },
    batch: (step) => ({ white: draw('white', step), epsilon: draw('epsilon', step) }),
    onWeights: (weights) => {
      trained = weights;
    },
  });
  const kernel = trained['h'];
  if (kernel === undefined) throw new InvariantError('no filter was trained');
  return judgeFilter(kernel.data, size, alphaBar);
}

/** What `kernel`, [size, size], costs at `alphaBar` beyond the Wiener filter: |H - H*|^2 E|X_t|^2 at each frequency. */
export function judgeFilter(kernel: ArrayLike<number>, size: number, alphaBar: number): LinearFilterResult {
  const levels = Array.from(fieldPower(size), (power) => ({ power, alphaBar }));
  const best = kernelOf(Float64Array.from(levels, wienerResponse), size);
  const [difference] = new PlaneSpectrum(size).powers(best.map((value, at) => kernel[at]! - value));
  // powers() divides by the number of pixels.
  const excess = difference!.map((power, at) => power * size ** 2 * noisyPower(levels[at]!));
  const optimum = Float64Array.from(levels, wienerGain);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return {
    response: ringMeans(evenTransform(kernel, size), size),
    excess: ringMeans(excess, size),
    optimum: ringMeans(optimum, size),
    relativeExcess: sum(excess) / sum(optimum),
  };
}
