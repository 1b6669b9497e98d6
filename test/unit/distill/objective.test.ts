import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { qSample } from '../../../src/diffusion/forward-process.ts';
import { alignSpec, tapPairs } from '../../../src/distill/feature-taps.ts';
import { objective, type Distillation } from '../../../src/distill/objective.ts';
import { lossTerms } from '../../../src/distill/terms/catalog.ts';
import { UserError } from '../../../src/errors.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../src/models/unet/unet.ts';
import type { Params, ParamSpec } from '../../../src/nn/params.ts';
import { normal } from '../../../src/rng/noise.ts';
import { plainUnet } from '../../support/networks/plain-unet.ts';
import { startedParams } from '../../support/networks/started-params.ts';

// These tests run networks on TF.js's own backend: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const student: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 32,
  attentionResolutions: [2],
  numResBlocks: 1,
  channelMult: [1, 1],
  numHeads: 1,
};
const teacher: UNetConfig = { ...student, modelChannels: 64 };

function weights(specs: readonly ParamSpec[]): Params {
  return Object.fromEntries(
    Object.entries(startedParams(specs)).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
}

const draw = (name: string) => tf.tensor(normal(3, name, 0, 0, 256), [2, 2, 8, 8]);
const options = { reduction: 'mean', dftNorm: 'ortho', alpha: -1, weightFloor: 0.01 } as const;
const scalar = (tensor: tf.Tensor | undefined): number => tensor!.dataSync()[0]!;

beforeAll(() => tf.setBackend('cpu'));

describe('tapPairs', () => {
  it('takes the last block of each resolution in both paths, and the output', () => {
    const pairs = tapPairs(teacher, student, 'all');
    expect(pairs.map(({ name, scale, align }) => [name, scale, align])).toEqual([
      ['down.0', 1, 'align.down.0'],
      ['down.1', 2, 'align.down.1'],
      ['up.1', 2, 'align.up.1'],
      ['up.0', 1, 'align.up.0'],
      ['output', 1, undefined],
    ]);
    expect(alignSpec(pairs).find(({ name }) => name === 'align.down.0.weight')?.shape).toEqual([
      64, 32, 1, 1,
    ]);
  });

  it('keeps the order asked for and refuses unknown names with those that exist', () => {
    expect(tapPairs(teacher, student, ['output', 'down.1']).map(({ name }) => name)).toEqual([
      'output',
      'down.1',
    ]);
    expect(() => tapPairs(teacher, student, ['middle'])).toThrow(UserError);
    expect(() => tapPairs(teacher, { ...student, channelMult: [1, 1, 1] }, ['down.9'])).toThrow(/down\.9/);
  });
});

describe('lossTerms', () => {
  const names = (spatial: boolean, freq: boolean, lambdaS = 0.1, lambdaF = 0.2) =>
    lossTerms({ spatial, freq }, { ...options, lambdaS, lambdaF }).map(({ name, lambda }) => [name, lambda]);

  it('has the terms that are switched on, each with its weight', () => {
    expect(names(true, true)).toEqual([
      ['spatial', 0.1],
      ['freq', 0.2],
    ]);
    expect(names(true, false)).toEqual([['spatial', 0.1]]);
    expect(names(false, true)).toEqual([['freq', 0.2]]);
    expect(names(false, false)).toEqual([]);
  });

  it('leaves out those of weight 0', () => {
    expect(names(true, true, 0)).toEqual([['freq', 0.2]]);
    expect(names(true, true, 0, 0)).toEqual([]);
  });
});

describe('objective', () => {
  const batch = {
    x0: draw('x0'),
    epsilon: draw('epsilon'),
    timesteps: tf.tensor1d([10, 700]),
    sqrtAlphaBar: tf.tensor1d([0.99, 0.3]),
    sqrtOneMinusAlphaBar: tf.tensor1d([0.1, 0.95]),
  };
  const terms = (config: UNetConfig, teacherParams: Params, lambdas: { lambdaS: number; lambdaF: number }) =>
    ({
      teacher: config,
      teacherParams,
      pairs: tapPairs(config, student, 'all'),
      terms: lossTerms({ spatial: true, freq: true }, { ...lambdas, ...options }),
    }) satisfies Distillation;

  it('has no distillation loss when the student is the teacher', () => {
    const params = weights(unetSpec(student));
    const { loss, ddpm, spatial, freq } = objective(
      params,
      { unet: student },
      batch,
      terms(student, params, { lambdaS: 0.1, lambdaF: 0.1 }),
    );
    expect(scalar(spatial)).toBe(0);
    expect(scalar(freq)).toBe(0);
    expect(scalar(loss)).toBe(scalar(ddpm));
  });

  it('holds a network that predicts v against v', () => {
    const params = weights(unetSpec(student));
    const { x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar } = batch;
    const xt = qSample(x0, epsilon, sqrtAlphaBar, sqrtOneMinusAlphaBar);
    const { output } = unet(params, student, xt, batch.timesteps);
    const perSample = (factor: tf.Tensor): tf.Tensor => tf.reshape(factor, [-1, 1, 1, 1]);
    const v = tf.sub(tf.mul(perSample(sqrtAlphaBar), epsilon), tf.mul(perSample(sqrtOneMinusAlphaBar), x0));
    const expected = scalar(tf.losses.meanSquaredError(v, output));
    const { ddpm } = objective(params, { unet: student, prediction: 'v' }, batch);
    expect(scalar(ddpm)).toBeCloseTo(expected, 5);
    expect(Math.abs(scalar(objective(params, { unet: student }, batch).ddpm) / expected - 1)).toBeGreaterThan(
      0.01,
    );
  });

  it('compares features in units of the teacher where it is told to', () => {
    const params = weights([...unetSpec(student), ...alignSpec(tapPairs(teacher, student, 'all'))]);
    const plain = terms(teacher, weights(unetSpec(teacher)), { lambdaS: 0.1, lambdaF: 0.2 });
    const printed = objective(params, { unet: student }, batch, plain);
    const normed = objective(params, { unet: student }, batch, { ...plain, featureNorm: 'teacher-variance' });
    expect(scalar(normed.ddpm)).toBe(scalar(printed.ddpm));
    for (const name of ['spatial', 'freq'] as const)
      expect(Math.abs(scalar(normed[name]) / scalar(printed[name]) - 1)).toBeGreaterThan(0.01);
  });

  it('is the weighted sum of its terms, and leaves terms of weight 0 out', () => {
    const params = weights([...unetSpec(student), ...alignSpec(tapPairs(teacher, student, 'all'))]);
    const teacherParams = weights(unetSpec(teacher));
    const all = objective(
      params,
      { unet: student },
      batch,
      terms(teacher, teacherParams, { lambdaS: 0.1, lambdaF: 0.2 }),
    );
    expect(scalar(all.spatial)).toBeGreaterThan(0);
    expect(scalar(all.loss)).toBeCloseTo(
      scalar(all.ddpm) + 0.1 * scalar(all.spatial) + 0.2 * scalar(all.freq),
      4,
    );
    const alone = objective(
      params,
      { unet: student },
      batch,
      terms(teacher, teacherParams, { lambdaS: 0, lambdaF: 0.2 }),
    );
    expect(alone.spatial).toBeUndefined();
    expect(scalar(alone.freq)).toBeCloseTo(scalar(all.freq), 4);
    expect(objective(params, { unet: student }, batch).freq).toBeUndefined();
  });
});
