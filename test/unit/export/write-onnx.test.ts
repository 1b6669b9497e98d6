// Exported models in plain ONNX Runtime against the engine, at batch sizes other than those that were traced.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostTensor } from '../../../src/engine/engine.ts';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import { unetGraph, writeOnnx } from '../../../src/export/write-onnx.ts';
import { initParams } from '../../../src/models/init-params.ts';
import type { UNetConfig } from '../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../src/models/unet/unet.ts';
import { normal } from '../../../src/rng/noise.ts';
import { plainUnet } from '../../support/networks/plain-unet.ts';

// These tests export whole networks and run them: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const base: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 3,
  outChannels: 3,
  modelChannels: 32,
  attentionResolutions: [2],
  numResBlocks: 1,
  channelMult: [1, 2],
  numHeadChannels: 32,
};

const networks: readonly (readonly [string, UNetConfig])[] = [
  ['plain', base],
  ['wavelet-gated', { ...base, waveletGating: true }],
  ['wavelet-gated by sums', { ...base, waveletGating: true, waveletFusion: 'sum' }],
  ['wavelet-gated as printed', { ...base, normGroups: 16, waveletGating: true, waveletFusion: 'sum-both' }],
  [
    'with frozen gates and no activation',
    { ...base, waveletGating: true, waveletGates: 'frozen', waveletActivation: 'none' },
  ],
  ['church', { ...base, useScaleShiftNorm: true, resblockUpdown: true, attentionResolutions: [1, 2] }],
  ['wavelet-gated church', { ...base, useScaleShiftNorm: true, resblockUpdown: true, waveletGating: true }],
  ['with context', { ...base, spatialTransformer: { depth: 2, contextDim: 16 } }],
];
const contextTokens = 5;

/** No parameter may stay at zero, or half of the network would go unseen. */
function randomParams(config: UNetConfig) {
  const draw = (name: string, n: number) => normal(1, name, 0, 0, n);
  const started = initParams(unetSpec(config), { uniform: draw, normal: draw });
  return Object.fromEntries(
    Object.entries(started).map(([name, tensor]) => [
      name,
      {
        ...tensor,
        data: draw(name, tensor.data.length).map((x) => 0.1 * x + (name.endsWith('norm.weight') ? 1 : 0)),
      },
    ]),
  );
}

describe('an exported UNet', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-onnx-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(networks)('%s gives what the engine gives, at batch 1 and 3', async (name, config) => {
    const params = randomParams(config);
    const file = path.join(folder, `${name}.onnx`);
    await writeOnnx(file, config, (param) => Promise.resolve(params[param]!.data), { contextTokens });
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    for (const batch of [1, 3]) {
      const inputs = inputsOf(config, batch);
      const { epsilon } = await ours(config, params, inputs);
      const feeds = {
        sample: inputs.x,
        timestep: inputs.t,
        ...('context' in inputs && { encoder_hidden_states: inputs.context }),
      };
      const { out_sample: output } = await session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([key, { data, shape }]) => [
            key,
            new ort.Tensor('float32', data as Float32Array, shape),
          ]),
        ),
      );
      expect(output!.dims).toEqual([batch, 3, 8, 8]);
      expect(difference(output!.data as Float32Array, epsilon!.data as Float32Array)).toBeLessThan(1e-5);
    }
    await session.release();
  });

  it.each(networks)('%s has standard operators alone', (_, config) => {
    expect(unetGraph(config, { contextTokens }).nodes.filter(({ domain }) => domain !== '')).toEqual([]);
    const fused = unetGraph(config, { contextTokens, allowContrib: true }).nodes;
    expect(fused.some(({ domain }) => domain === 'com.microsoft')).toBe(true);
  });

  it('keeps large weights in a file beside it', async () => {
    const params = randomParams(base);
    const read = (param: string) => Promise.resolve(params[param]!.data);
    const inline = path.join(folder, 'inline.onnx');
    const apart = path.join(folder, 'apart.onnx');
    expect(await writeOnnx(inline, base, read)).toEqual({ model: inline });
    expect(await writeOnnx(apart, base, read, { inlineLimit: 0 })).toEqual({
      model: apart,
      data: `${apart}.data`,
    });
    const bytes = Object.values(params).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect((await stat(`${apart}.data`)).size).toBe(bytes);
    expect((await readFile(apart)).length).toBeLessThan(bytes / 10);
    expect((await readFile(inline)).length).toBeGreaterThan(bytes);
    const { x, t } = inputsOf(base, 2);
    const outputs = [];
    for (const file of [inline, apart]) {
      const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
      const run = await session.run({
        sample: new ort.Tensor('float32', x.data as Float32Array, x.shape),
        timestep: new ort.Tensor('float32', t.data as Float32Array, t.shape),
      });
      outputs.push(run['out_sample']!.data);
      await session.release();
    }
    expect(outputs[0]).toEqual(outputs[1]);
  });
});

function inputsOf(config: UNetConfig, batch: number) {
  const tensor = (name: string, shape: readonly number[]): HostTensor => ({
    shape,
    dtype: 'float32',
    data: normal(
      2,
      name,
      batch,
      0,
      shape.reduce((p, n) => p * n, 1),
    ),
  });
  const width = config.spatialTransformer?.contextDim;
  return {
    x: tensor('x', [batch, 3, 8, 8]),
    t: {
      shape: [batch],
      dtype: 'float32' as const,
      data: Float32Array.from({ length: batch }, (_, i) => 7 + 300 * i),
    },
    ...(width !== undefined && { context: tensor('context', [batch, contextTokens, width]) }),
  };
}

async function ours(
  config: UNetConfig,
  constants: ReturnType<typeof randomParams>,
  inputs: ReturnType<typeof inputsOf>,
) {
  const program = await onnxEngine({ threads: 1 }).compile(
    (args) => {
      const { x, t, context } = args.inputs;
      return { outputs: { epsilon: unet(args.constants, config, x!, t!, context && { context }).output } };
    },
    { constants, inputs: { ...inputs } },
  );
  const outputs = await program.run({ ...inputs });
  await program.dispose();
  return outputs;
}

/** Largest difference over the largest magnitude. */
function difference(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0) / scale;
}
