import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { sizeOf, type HostTensor, type HostTensors } from '../../../src/engine/engine.ts';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import { referenceEngine } from '../../../src/engine/eager.ts';
import { flatGradient, splitStep } from '../../../src/optim/split-step.ts';
import { trainStep, type LossFunction } from '../../../src/optim/train-step.ts';
import { normal } from '../../../src/rng/noise.ts';

const settings = {
  steps: 100,
  learningRate: 0.01,
  lrSchedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-3,
  gradClip: 0.5,
  emaDecay: 0.9,
} as const;

/** One parameter in a vector of its own, and two in the shared one. */
const specs = [
  { name: 'large', shape: [100, 90], init: { kind: 'zeros' } },
  { name: 'row', shape: [90], init: { kind: 'zeros' } },
  { name: 'number', shape: [], init: { kind: 'zeros' } },
] as const;

/** Mean over the samples x [B, 100] of |tanh(x large + row) number - 1|^2. */
const loss: LossFunction = ({ large, row, number }, { inputs: { x } }) => {
  const y = tf.mul(tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, large as tf.Tensor2D), row!)), number!);
  const error = tf.mean(tf.squaredDifference(y, 1));
  return { loss: error, size: tf.mean(tf.square(y)) };
};

const random = (name: string, shape: readonly number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: normal(3, name, 0, 0, sizeOf(shape)).map((x) => 0.3 * x),
});
const params = Object.fromEntries(specs.map(({ name, shape }) => [name, random(name, shape)]));
const batch = 6;
const samples = random('x', [batch, 100]);

const part = (from: number, to: number): HostTensor => ({
  ...samples,
  shape: [to - from, 100],
  data: samples.data.slice(from * 100, to * 100),
});

describe.each([onnxEngine({ threads: 1 }), referenceEngine()])('splitStep on the $name engine', (engine) => {
  /** Three steps of the one-graph step on the whole batch. */
  const whole = async (): Promise<{ state: HostTensors; losses: number[] }> => {
    const step = trainStep({ specs, loss }, settings);
    const program = await engine.compile(step.fn, {
      state: step.state,
      inputs: { ...step.inputs, x: samples },
    });
    program.setState(step.initialState(params));
    const losses = [];
    for (let n = 0; n < 3; n++)
      losses.push((await program.run({ x: samples, ...step.stepScalars(n) }))['loss']!.data[0]!);
    const state = await program.getState();
    await program.dispose();
    return { state, losses };
  };

  /** The same by `ranks` shares of the batch, one after the other in this process. */
  const shared = async (ranks: number): Promise<{ state: HostTensors; losses: number[] }> => {
    const share = batch / ranks;
    const { gradient, update, ...step } = splitStep({ specs, loss }, settings, 1 / ranks);
    const gradients = await engine.compile(gradient.fn, {
      inputs: { ...gradient.inputs, x: part(0, share) },
    });
    const updates = await engine.compile(update.fn, { state: step.state, inputs: update.inputs });
    updates.setState(step.initialState(params));
    const losses = [];
    for (let n = 0; n < 3; n++) {
      const sum = new Float32Array(100 * 90 + 90 + 1);
      let found = 0;
      for (let rank = 0; rank < ranks; rank++) {
        const x = part(rank * share, (rank + 1) * share);
        const out = await gradients.run({ x, ...gradient.weightsOf(await updates.viewState()) });
        out[flatGradient]!.data.forEach((value, i) => (sum[i]! += value));
        found += out['loss']!.data[0]!;
      }
      losses.push(found);
      await updates.run({
        [flatGradient]: { shape: [sum.length], dtype: 'float32', data: sum },
        ...step.stepScalars(n),
      });
    }
    const state = await updates.getState();
    await Promise.all([gradients.dispose(), updates.dispose()]);
    return { state, losses };
  };

  it('is the one-graph step to the bit where one process has the whole batch', async () => {
    expect(await shared(1)).toEqual(await whole());
  });

  it.each([2, 3])('adds up to the gradient of the whole batch over %i shares', async (ranks) => {
    const [one, many] = [await whole(), await shared(ranks)];
    for (const [name, { data }] of Object.entries(one.state)) {
      const other = many.state[name]!.data;
      const scale = Math.max(...data.map(Math.abs));
      data.forEach((value, i) => {
        expect(Math.abs(other[i]! - value) / scale, `${name} ${i}`).toBeLessThan(2e-6);
      });
    }
    one.losses.forEach((value, n) => {
      expect(Math.abs(many.losses[n]! / value - 1)).toBeLessThan(1e-6);
    });
  });
});
