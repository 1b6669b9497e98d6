// A wide UNet is pruned back to the slim one that it was made of, whatever it consists of.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { prunedUnet } from '../../../src/pruning/prune-unet.ts';
import { sizeOf, type HostTensor, type HostTensors } from '../../../src/engine/engine.ts';
import { nearestWaves } from '../../../src/models/unet/timestep-embedding.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../src/models/unet/unet.ts';
import { without } from '../../../src/results/without.ts';
import { normal } from '../../../src/rng/noise.ts';
import '../../support/cpu-backend.ts';
import { plainUnet } from '../../support/networks/plain-unet.ts';

vi.setConfig({ testTimeout: 60_000 }); // networks are traced, and some computed by TF.js's own slow backend

const slimUnet: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 8,
  attentionResolutions: [2],
  numResBlocks: 1,
  channelMult: [1, 2],
  numHeads: 2,
  normGroups: 4,
};
const twice = (config: UNetConfig): UNetConfig => ({ ...config, modelChannels: 2 * config.modelChannels });

const drawn = (config: UNetConfig): HostTensors =>
  Object.fromEntries(
    unetSpec(config).map(({ name, shape }) => [
      name,
      { shape, dtype: 'float32', data: normal(1, name, 0, 0, sizeOf(shape)) },
    ]),
  );

/**
 * Each channel of `slim` twice, side by side; what follows reads the first of the two. `first` marks weights of the first
 * with 1, the others with 0.
 */
function widened(slim: UNetConfig): { readonly weights: HostTensors; readonly first: HostTensors } {
  const narrow = drawn(slim);
  const waves = nearestWaves(2 * slim.modelChannels, slim.modelChannels);
  const tensors = unetSpec(twice(slim)).map(({ name, shape }) => {
    const { shape: few, data } = narrow[name]!;
    const [outs, ins = 1, ...kernel] = shape as [number, number?, ...number[]];
    const [fewOuts, fewIns = 1] = few as [number, number?];
    const inner = sizeOf(kernel);
    const values = new Float32Array(outs * ins * inner);
    const marks = new Float32Array(values.length);
    for (let o = 0; o < outs; o++)
      for (let i = 0; i < ins; i++) {
        const from = outs === fewOuts ? o : Math.floor(o / 2);
        const of =
          name === 'time_embed.0.weight' ? waves.indexOf(i) : ins === fewIns ? i : i % 2 === 0 ? i / 2 : -1;
        if (of < 0) continue;
        const at = (o * ins + i) * inner;
        values.set(data.subarray((from * fewIns + of) * inner, (from * fewIns + of + 1) * inner), at);
        if (outs === fewOuts || o % 2 === 0) marks.fill(1, at, at + inner);
      }
    const tensor = (found: Float32Array): HostTensor => ({ shape, dtype: 'float32', data: found });
    return [name, tensor(values), tensor(marks)] as const;
  });
  return {
    weights: Object.fromEntries(tensors.map(([name, tensor]) => [name, tensor])),
    first: Object.fromEntries(tensors.map(([name, , tensor]) => [name, tensor])),
  };
}

describe('prunedUnet', () => {
  it.each<[string, Partial<UNetConfig>]>([
    ['attention with a number of heads', {}],
    ['scale and shift, resampling blocks', { useScaleShiftNorm: true, resblockUpdown: true }],
    ['transformers that are told something', { spatialTransformer: { depth: 2, contextDim: 6 } }],
    ['transformers that are told nothing', { spatialTransformer: { depth: 1, contextDim: undefined } }],
    [
      'two blocks a level, three levels',
      { numResBlocks: 2, channelMult: [1, 1, 3], attentionResolutions: [4] },
    ],
    ['no middle', { middle: 'none', attentionResolutions: [] }],
  ])('gives the slim network back: %s', (_, changes) => {
    const slim = { ...slimUnet, ...changes };
    const { weights, first } = widened(slim);
    expect(prunedUnet(twice(slim), slim, weights, first)).toEqual(drawn(slim));
  });

  it('takes nothing away that the output needs: without attention, both networks compute the same', () => {
    const slim: UNetConfig = { ...slimUnet, middle: 'none', attentionResolutions: [] };
    const { weights } = widened(slim);
    const output = (config: UNetConfig, host: HostTensors): number[] => {
      const params = Object.fromEntries(
        Object.entries(host).map(([name, { data, shape }]) => [
          name,
          tf.tensor(data as Float32Array, [...shape]),
        ]),
      );
      const x = tf.tensor(normal(2, 'x', 0, 0, 128), [1, 2, 8, 8]);
      return [...unet(params, config, x, tf.tensor1d([40])).output.dataSync()];
    };
    const [wide, narrow] = [output(twice(slim), weights), output(slim, drawn(slim))];
    const largest = Math.max(...narrow.map(Math.abs));
    expect(Math.max(...narrow.map((value, i) => Math.abs(value - wide[i]!))) / largest).toBeLessThan(1e-5);
  });

  it('takes heads of a fixed width as a whole, those that matter most', () => {
    const slim: UNetConfig = { ...without(slimUnet, 'numHeads'), numHeadChannels: 4 };
    const wide = twice(slim);
    const weights = drawn(wide);
    const name = 'middle_block.1.qkv.bias';
    const width = 4;
    // Heads 1, 2, 5 and 7 of eight matter, the first two by their keys, the others by their values.
    const marks = new Float32Array(weights[name]!.data.length);
    for (const [head, part] of [
      [1, 1],
      [2, 1],
      [5, 2],
      [7, 2],
    ] as const)
      marks[head * 3 * width + part * width] = 1;
    const none = Object.fromEntries(
      Object.entries(weights).map(([key, tensor]) => [
        key,
        { ...tensor, data: new Float32Array(tensor.data.length) },
      ]),
    ) as HostTensors;
    const scores = { ...none, [name]: { ...weights[name]!, data: marks } };
    const kept = prunedUnet(wide, slim, weights, scores)[name]!.data;
    const rows = [1, 2, 5, 7].flatMap((head) =>
      Array.from({ length: 3 * width }, (__, row) => weights[name]!.data[head * 3 * width + row]!),
    );
    expect([...kept]).toEqual(rows);
  });

  it('keeps as many channels of each group of a normalisation', () => {
    const wide = twice(slimUnet);
    const weights = drawn(wide);
    // Channels of the first groups matter most; of each group of four, two stay all the same.
    const data = Float32Array.from({ length: 16 }, (_, i) => 1000 * (16 - i));
    const slim = prunedUnet(wide, slimUnet, weights, {
      ...weights,
      'input_blocks.0.0.bias': { ...weights['input_blocks.0.0.bias']!, data },
    });
    const bias = [...(weights['input_blocks.0.0.bias']!.data as Float32Array)];
    const kept = [...(slim['input_blocks.0.0.bias']!.data as Float32Array)].map((value) =>
      bias.indexOf(value),
    );
    expect(kept).toEqual([0, 1, 4, 5, 8, 9, 12, 13]);
  });
});
