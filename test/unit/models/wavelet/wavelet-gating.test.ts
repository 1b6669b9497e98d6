// The readings of WG-Down and WG-Up that the print leaves open, against their formulas.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initParams } from '../../../../src/models/init-params.ts';
import { haarDwt, haarIdwt } from '../../../../src/models/wavelet/haar.ts';
import {
  waveletDown,
  waveletDownSpec,
  waveletGate,
  waveletUp,
  waveletUpSpec,
  type WaveletMethod,
} from '../../../../src/models/wavelet/wavelet-gating.ts';
import { conv2d } from '../../../../src/nn/conv.ts';
import type { Params, ParamSpec } from '../../../../src/nn/params.ts';
import { normal } from '../../../../src/rng/noise.ts';

beforeAll(() => tf.setBackend('cpu'));

const usual: WaveletMethod = { wavelet: 'haar', fusion: 'conv' };
const x = tf.tensor(normal(1, 'x', 0, 0, 2 * 8 * 16), [2, 8, 4, 4]);

function weights(specs: readonly ParamSpec[]): Params {
  const draw = (name: string, n: number) => normal(2, name, 0, 0, n);
  return Object.fromEntries(
    Object.entries(initParams(specs, { uniform: draw, normal: draw })).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
}

const namesOf = (specs: readonly ParamSpec[]) => specs.map(({ name }) => name);

function expectClose(found: tf.Tensor, expected: tf.Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  const data = expected.dataSync();
  found.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(data[i]!, 5);
  });
}

describe('bands summed in both directions', () => {
  const both: WaveletMethod = { ...usual, fusion: 'sum-both' };

  it('ends WG-Up at the inverse transform of the gated quarters', () => {
    const specs = waveletUpSpec('m', 8, both);
    expect(namesOf(specs)).toEqual(['m.fre_att.fc.0.weight', 'm.fre_att.fc.2.weight']);
    const params = weights(specs);
    const found = waveletUp(params, 'm', x, both);
    expect(found.shape).toEqual([2, 2, 8, 8]);
    expectClose(found, haarIdwt(tf.mul(waveletGate(params, 'm', x), x)));
  });

  it('adds up the gated bands in WG-Down, as `sum` does', () => {
    const params = weights(waveletDownSpec('m', 8, both));
    const bands = tf.mul(waveletGate(params, 'm', x), haarDwt(x));
    expectClose(waveletDown(params, 'm', x, both), tf.addN(tf.split(bands, 4, 1)));
    expectClose(waveletDown(params, 'm', x, both), waveletDown(params, 'm', x, { ...usual, fusion: 'sum' }));
  });
});

describe('frozen gates', () => {
  const frozen: WaveletMethod = { ...usual, gates: 'frozen' };

  it('are those of a gate whose weights are 0, without having any', () => {
    const params = weights(waveletDownSpec('m', 8, usual));
    const idle = { ...params, 'm.fre_att.fc.2.weight': tf.zerosLike(params['m.fre_att.fc.2.weight']!) };
    expect(namesOf(waveletDownSpec('m', 8, frozen))).toEqual(['m.conv.weight', 'm.conv.bias']);
    expectClose(waveletDown(params, 'm', x, frozen), waveletDown(idle, 'm', x, usual));
    const up = weights(waveletUpSpec('m', 8, usual));
    const idleUp = { ...up, 'm.fre_att.fc.2.weight': tf.zerosLike(up['m.fre_att.fc.2.weight']!) };
    expect(namesOf(waveletUpSpec('m', 8, frozen))).toEqual(['m.conv.weight', 'm.conv.bias']);
    expectClose(waveletUp(up, 'm', x, frozen), waveletUp(idleUp, 'm', x, usual));
  });

  it('are shown as 0.5 in every channel of every image', () => {
    const shown: tf.Tensor[] = [];
    const params = weights(waveletDownSpec('m', 8, frozen));
    waveletDown(params, 'm', x, frozen, (_, gate) => shown.push(gate));
    waveletUp(weights(waveletUpSpec('m', 8, frozen)), 'm', x, frozen, (_, gate) => shown.push(gate));
    expect(shown.map(({ shape }) => shape)).toEqual([
      [2, 32, 1, 1],
      [2, 8, 1, 1],
    ]);
    for (const gate of shown) expect(new Set(gate.dataSync())).toEqual(new Set([0.5]));
  });
});

describe('no activation', () => {
  const linear: WaveletMethod = { ...usual, activation: 'none' };

  it('ends both modules at their convolution, so that negative features get through', () => {
    const down = weights(waveletDownSpec('m', 8, linear));
    const fused = conv2d(down, 'm.conv', tf.mul(waveletGate(down, 'm', x), haarDwt(x)));
    expectClose(waveletDown(down, 'm', x, linear), fused);
    const up = weights(waveletUpSpec('m', 8, linear));
    const found = waveletUp(up, 'm', x, linear);
    expectClose(found, conv2d(up, 'm.conv', haarIdwt(tf.mul(waveletGate(up, 'm', x), x))));
    expect(Math.min(...found.dataSync())).toBeLessThan(-1); // SiLU is above -0.28
    expect(Math.min(...waveletUp(up, 'm', x, usual).dataSync())).toBeGreaterThan(-0.28);
  });
});
