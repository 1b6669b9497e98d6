import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { initParams, type InitSource } from '../../../../src/models/init-params.ts';
import type { UNetConfig } from '../../../../src/models/unet/unet-config.ts';
import { unetTaps } from '../../../../src/models/unet/unet-plan.ts';
import { gatedModules, unet, unetSpec } from '../../../../src/models/unet/unet.ts';
import { bandMeans, waveletGate } from '../../../../src/models/wavelet/wavelet-gating.ts';
import type { Params } from '../../../../src/nn/params.ts';
import { plainUnet } from '../../../support/networks/plain-unet.ts';

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

it('tells the gates of its wavelet modules: those of Eq. 8 on their inputs', () => {
  const params = paramsOf(config);
  const x = tf.tensor(
    Float32Array.from({ length: 256 }, (_, i) => Math.sin(i)),
    [2, 2, 8, 8],
  );
  const { taps, gates } = unet(params, config, x, tf.tensor1d([10, 900]));
  expect(gatedModules(config)).toEqual([
    { name: 'input_blocks.2.0', direction: 'down', scale: 1 },
    { name: 'output_blocks.1.2', direction: 'up', scale: 2 },
  ]);
  expect(Object.keys(gates)).toEqual(gatedModules(config).map(({ name }) => name));
  const inputs = { 'input_blocks.2.0': taps['down.0']!, 'output_blocks.1.2': taps['up.1']! };
  for (const [name, input] of Object.entries(inputs)) {
    const values = gates[name]!.dataSync();
    expect(values).toEqual(waveletGate(params, name, input).dataSync());
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(new Set(values).size).toBeGreaterThan(1);
  }
  expect(gates['input_blocks.2.0']!.shape).toEqual([2, 4 * 32, 1, 1]);
  expect(gates['output_blocks.1.2']!.shape).toEqual([2, 64, 1, 1]);
});

it('tells both gates of each resampling residual block, and none without wavelet gating', () => {
  const blocks = { ...config, resblockUpdown: true };
  const x = tf.ones([1, 2, 8, 8]);
  const { gates } = unet(paramsOf(blocks), blocks, x, tf.tensor1d([10]));
  expect(Object.keys(gates)).toEqual([
    'input_blocks.2.0.h_upd',
    'input_blocks.2.0.x_upd',
    'output_blocks.1.2.h_upd',
    'output_blocks.1.2.x_upd',
  ]);
  expect(gatedModules(blocks).map(({ name }) => name)).toEqual(Object.keys(gates));
  const plain = { ...config, waveletGating: false };
  expect(unet(paramsOf(plain), plain, x, tf.tensor1d([10])).gates).toEqual({});
  expect(gatedModules(plain)).toEqual([]);
});

it('averages a gate band by band', () => {
  const gate = tf.tensor([0.1, 0.3, 0.2, 0.4, 0.5, 0.5, 0.9, 0.7], [1, 8, 1, 1]);
  const means = bandMeans(gate);
  expect(means.shape).toEqual([1, 4]);
  [0.2, 0.3, 0.5, 0.8].forEach((value, band) => {
    expect(means.dataSync()[band]).toBeCloseTo(value, 6);
  });
});

it.each([false, true])(
  'gives its features with both formulas of gating as printed, resampling in blocks: %s',
  (resblockUpdown) => {
    const literal: UNetConfig = { ...config, resblockUpdown, modelChannels: 64, waveletFusion: 'sum-both' };
    const x = tf.tensor(
      Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      [1, 2, 8, 8],
    );
    const { output, taps } = unet(paramsOf(literal), literal, x, tf.tensor1d([10]));
    expect(output.shape).toEqual([1, 2, 8, 8]);
    expect(Object.entries(taps).map(([name, { shape }]) => [name, shape[1]])).toEqual(
      unetTaps(literal).map(({ name, channels }) => [name, channels]),
    );
    const shapes = Object.fromEntries(unetSpec(literal).map(({ name, shape }) => [name, shape]));
    // WG-Up gives 128 / 4 channels: to the next block beside the 64 that were kept, or within its own block.
    expect(
      shapes[
        resblockUpdown ? 'output_blocks.1.2.in_layers.2.weight' : 'output_blocks.2.0.in_layers.2.weight'
      ],
    ).toEqual(resblockUpdown ? [128, 32, 3, 3] : [64, 32 + 64, 3, 3]);
  },
);

it('leaves SiLU off the residual stream alone', () => {
  const spy: UNetConfig = { ...config, resblockUpdown: true, waveletFusion: 'conv' };
  const params = Object.fromEntries(
    Object.entries(paramsOf(spy)).map(([name, tensor]) => [
      name,
      // A block whose branch is switched off gives what is on the stream.
      name.endsWith('out_layers.3.weight') ? tf.zerosLike(tensor) : tensor,
    ]),
  );
  const features = (waveletActivation: 'silu' | 'none', branch: Params = {}) => {
    const { taps } = unet(
      { ...params, ...branch },
      { ...spy, waveletActivation },
      tf.fill([1, 2, 8, 8], -3),
      tf.tensor1d([10]),
    );
    return [...taps['down.1']!.dataSync()];
  };
  expect(features('none')).not.toEqual(features('silu'));
  // With a stream of zeros, what differs could come from the branch alone, whose SiLU stays.
  const stilled = Object.fromEntries(
    Object.entries(params)
      .filter(([name]) => name.includes('x_upd.conv'))
      .map(([name, tensor]) => [name, tf.zerosLike(tensor)]),
  );
  const heard = Object.fromEntries(
    Object.entries(params)
      .filter(([name]) => name.endsWith('out_layers.3.weight'))
      .map(([name, tensor]) => [name, tf.fill(tensor.shape, 0.01)]),
  );
  const branches = { ...stilled, ...heard };
  expect(features('none', branches)).toEqual(features('silu', branches));
});
