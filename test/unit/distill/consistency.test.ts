import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { scaledLinearSchedule } from '../../../src/diffusion/schedule.ts';
import { boundary, solverStep, solverTimesteps } from '../../../src/diffusion/lcm.ts';
import { consistencyLoss } from '../../../src/distill/consistency.ts';
import { initParams } from '../../../src/models/init-params.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { unetSpec } from '../../../src/models/unet/unet.ts';
import { gradientsOf } from '../../../src/optim/gradients-of.ts';
import type { Params } from '../../../src/nn/params.ts';
import { normal, uniform } from '../../../src/rng/noise.ts';
import { consistencyBatchOf, levelInputs } from '../../../src/stages/training/consistency-batch.ts';
import { plainUnet } from '../../support/networks/plain-unet.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // TF.js's own backend is slow on a busy machine

const network: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 32,
  attentionResolutions: [],
  numResBlocks: 1,
  channelMult: [1],
  numHeads: 1,
};
const schedule = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 1000 });
const latents = { x0: normal(1, 'x0', 0, 0, 256), epsilon: normal(1, 'epsilon', 0, 0, 256) };
const steps = [0, 30];

/** Weights as training starts with them: the last layer is 0, and so is what the network predicts. */
function startingWeights(): Params {
  const host = initParams(unetSpec(network), {
    uniform: (name, n) => uniform(5, name, 0, 0, n),
    normal: (name, n) => normal(5, name, 0, 0, n),
  });
  return Object.fromEntries(
    Object.entries(host).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
}

function batch() {
  const inputs = Object.entries(levelInputs(schedule, steps)).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data as Float32Array, [...shape]),
  ]);
  const pixels = Object.entries(latents).map(([name, data]) => [name, tf.tensor(data, [2, 2, 8, 8])]);
  return consistencyBatchOf(Object.fromEntries([...inputs, ...pixels]) as Params);
}

beforeAll(() => tf.setBackend('cpu'));

describe('solverTimesteps', () => {
  it("are the 50 of latent consistency models' solver, and at most every other one of a short schedule", () => {
    expect(solverTimesteps(schedule)).toEqual(Array.from({ length: 50 }, (_, i) => 20 * i + 19));
    const short = scaledLinearSchedule({ linearStart: 0.0015, linearEnd: 0.0195, timesteps: 10 });
    expect(solverTimesteps(short)).toEqual([1, 3, 5, 7, 9]);
    expect([solverStep(schedule, 0), solverStep(schedule, 1)]).toEqual([
      { timestep: 19, previous: 0 },
      { timestep: 39, previous: 19 },
    ]);
  });

  it('end at the latents themselves at timestep 0', () => {
    expect(boundary(0)).toEqual({ skip: 1, out: 0 });
    expect(boundary(999).out).toBeCloseTo(1, 6);
  });
});

describe('consistencyLoss', () => {
  it('is what its formula gives where student and teacher predict no noise', () => {
    const weights = startingWeights();
    const networks = { unet: network, teacher: network };
    const loss = consistencyLoss(
      { params: weights, fixed: weights, teacherParams: weights },
      networks,
      batch(),
    );
    // Without noise x0 is x_t / sqrt(alphaBar), and the solver's step scales x_t.
    const distances = [...latents.x0.keys()].map((i) => {
      const { timestep, previous } = solverStep(schedule, steps[Math.floor(i / 128)]!);
      const [now, below] = [schedule.alphaBar[timestep]!, schedule.alphaBar[previous]!];
      const xt = Math.sqrt(now) * latents.x0[i]! + Math.sqrt(1 - now) * latents.epsilon[i]!;
      const f = (x: number, t: number, alphaBar: number) =>
        boundary(t).skip * x + (boundary(t).out * x) / Math.sqrt(alphaBar);
      const target = f((xt / Math.sqrt(now)) * Math.sqrt(below), previous, below);
      return Math.sqrt((f(xt, timestep, now) - target) ** 2 + 0.001 ** 2) - 0.001;
    });
    const expected = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    expect(expected).toBeGreaterThan(1e-4);
    expect(Math.abs(loss.dataSync()[0]! / expected - 1)).toBeLessThan(1e-4);
  });

  it('takes no gradient through the target', () => {
    const [weights, teacherParams] = [startingWeights(), startingWeights()];
    const networks = { unet: network, teacher: network, prediction: 'v' as const };
    const names = Object.keys(weights);
    const gradientNorm = (target: 'fixed' | 'params'): number => {
      const { gradients } = gradientsOf(names, Object.values(weights), (params, fixed) => ({
        loss: consistencyLoss(
          { params, fixed: target === 'fixed' ? fixed : params, teacherParams },
          networks,
          batch(),
        ),
      }));
      return gradients.reduce((sum, gradient) => sum + tf.norm(gradient).dataSync()[0]!, 0);
    };
    // The other way, which moves both ends, gives another gradient.
    expect(gradientNorm('fixed')).toBeGreaterThan(0);
    expect(Math.abs(gradientNorm('fixed') / gradientNorm('params') - 1)).toBeGreaterThan(0.01);
  });
});
