import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { initParams, type InitSource } from '../../../src/models/init-params.ts';
import type { UNetConfig } from '../../../src/models/unet-config.ts';
import { unet, unetSpec, unetTaps } from '../../../src/models/unet.ts';
import type { Params } from '../../../src/nn/params.ts';
import { plainUnet } from './plain-unet.ts';

const config: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 32,
  attentionResolutions: [2],
  numResBlocks: 1,
  channelMult: [1, 2],
  numHeads: 2,
  waveletGating: true,
  waveletFusion: 'sum',
};

/** A fixed, uneven sequence in [0, 1). */
const source: InitSource = {
  uniform: (name, n) => Float64Array.from({ length: n }, (_, i) => ((i + name.length) * 0.6180339887) % 1),
  normal: (_, n) => new Float64Array(n),
};

function paramsOf(config: UNetConfig): Params {
  return Object.fromEntries(
    Object.entries(initParams(unetSpec(config), source)).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('returns the features that unetTaps promises, for summed bands too', () => {
  const x = tf.tensor(
    Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
    [1, 2, 8, 8],
  );
  const { taps } = unet(paramsOf(config), config, x, tf.tensor1d([10], 'int32'));
  expect(Object.entries(taps).map(([name, tap]) => ({ name, shape: tap.shape }))).toEqual(
    unetTaps(config).map(({ name, channels, scale }) => ({
      name,
      shape: [1, channels, 8 / scale, 8 / scale],
    })),
  );
});

it('starts at zero output: the last convolution is zero', () => {
  const { output } = unet(paramsOf(config), config, tf.ones([2, 2, 8, 8]), tf.tensor1d([1, 999]));
  expect(output.shape).toEqual([2, 2, 8, 8]);
  expect(Math.max(...tf.abs(output).dataSync())).toBe(0);
});

it('takes float32 and int32 timesteps alike and depends on them', () => {
  // A residual block starts as the identity: only trained weights let the timestep through.
  const params = Object.fromEntries(
    Object.entries(paramsOf(config)).map(([name, tensor]) => [
      name,
      name.endsWith('out_layers.3.weight') ? tf.fill(tensor.shape, 0.01) : tensor,
    ]),
  );
  const features = (t: tf.Tensor) => [
    ...unet(params, config, tf.ones([1, 2, 8, 8]), t).taps['down.0']!.dataSync(),
  ];
  expect(features(tf.tensor1d([500], 'int32'))).toEqual(features(tf.tensor1d([500])));
  expect(features(tf.tensor1d([500]))).not.toEqual(features(tf.tensor1d([20])));
});
