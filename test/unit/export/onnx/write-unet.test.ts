// Exported models in plain ONNX Runtime against the engine, at batch sizes other than those that were traced.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sizeOf, type HostTensor } from '../../../../src/engine/engine.ts';
import type { LayerTreatment } from '../../../../src/engine/layer-treatment.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import { unetFunction } from '../../../../src/export/onnx/network-functions.ts';
import { openGraph } from '../../../../src/export/onnx/open-graph.ts';
import { writeUnet } from '../../../../src/export/onnx/write-unet.ts';
import type { UNetConfig } from '../../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../../src/models/unet/unet.ts';
import { normal } from '../../../../src/rng/noise.ts';
import { livelyParams } from '../../../support/networks/lively-params.ts';
import { plainUnet } from '../../../support/networks/plain-unet.ts';

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

describe('an exported UNet', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sdx-onnx-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(networks)('%s gives what the engine gives, at batch 1 and 3', async (name, config) => {
    const params = livelyParams(unetSpec(config));
    const file = path.join(folder, `${name}.onnx`);
    await writeUnet(file, config, (param) => Promise.resolve(params[param]!.data), { contextTokens });
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
    const forward = unetFunction({ unet: config, contextTokens });
    expect(openGraph(forward).nodes.filter(({ domain }) => domain !== '')).toEqual([]);
    const fused = openGraph(forward, { allowContrib: true }).nodes;
    expect(fused.some(({ domain }) => domain === 'com.microsoft')).toBe(true);
  });

  it('says of itself what it is given', async () => {
    const params = livelyParams(unetSpec(base));
    const file = path.join(folder, 'told.onnx');
    const read = (param: string) => Promise.resolve(params[param]!.data);
    await writeUnet(file, base, read, { metadata: { model: 'sd', betas: '[0.1,0.2]' } });
    // ModelProto.metadata_props, field 14: StringStringEntryProto of key (1) and value (2).
    const entry = Buffer.from(
      '\x72\x0b\x0a\x05model\x12\x02sd\x72\x12\x0a\x05betas\x12\x09[0.1,0.2]',
      'latin1',
    );
    expect((await readFile(file)).subarray(-entry.length)).toEqual(entry);
  });

  it('stores weights in half the bytes as float16, which hold them to three digits', async () => {
    const params = livelyParams(unetSpec(base));
    const read = (param: string) => Promise.resolve(params[param]!.data);
    const { x, t } = inputsOf(base, 2);
    const outputs: Float32Array[] = [];
    for (const [precision, inlineLimit] of [
      ['float32', Infinity],
      ['float16', Infinity],
      ['float16', 0],
    ] as const) {
      const file = path.join(folder, `${precision}-${inlineLimit}.onnx`);
      await writeUnet(file, base, read, { precision, inlineLimit });
      outputs.push(await plainRuntime(file, { sample: x, timestep: t }));
    }
    const size = async (name: string) => (await stat(path.join(folder, name))).size;
    const bytes = Object.values(params).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(await size('float16-0.onnx.data')).toBe(bytes / 2);
    expect((await size('float32-Infinity.onnx')) - (await size('float16-Infinity.onnx'))).toBeGreaterThan(
      0.48 * bytes,
    );
    expect(difference(outputs[1]!, outputs[0]!)).toBeLessThan(5e-3);
    expect(outputs[1]).not.toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[1]);
  });

  it('computes on the integers that the engine computes on, as int8', async () => {
    const gated = { ...base, waveletGating: true };
    const params = livelyParams(unetSpec(gated));
    const read = (param: string) => Promise.resolve(params[param]!.data);
    const range = { scale: Math.fround(0.05), zeroPoint: 128 };
    const filters = unetSpec(gated).filter(({ shape }) => shape.length === 4 && shape[2]! > 1);
    const [first, ...others] = filters.map(({ name }) => name);
    expect(first).toBe('input_blocks.0.0.weight'); // which stays float32
    const layers = Object.fromEntries(others.map((name) => [name, { input: range, output: range }]));
    const { x, t } = inputsOf(gated, 3);
    const { epsilon } = await ours(gated, params, { x, t }, { kind: 'int8', layers });
    for (const inlineLimit of [Infinity, 0]) {
      const file = path.join(folder, `int8-${inlineLimit}.onnx`);
      await writeUnet(file, gated, read, { precision: 'int8', layers, inlineLimit });
      const given = await plainRuntime(file, { sample: x, timestep: t });
      // What stays float32 is lowered in other ways: a value on the edge of two steps may take either.
      const apart = Array.from(given, (value, i) => Math.abs(value - epsilon!.data[i]!));
      expect(apart.reduce((a, b) => a + b, 0) / apart.length).toBeLessThan(0.01 * range.scale);
    }
    const bytes = Object.entries(params).reduce(
      (sum, [name, { data }]) => sum + (name in layers ? data.length : data.byteLength),
      0,
    );
    expect((await stat(path.join(folder, 'int8-0.onnx.data'))).size).toBe(bytes);
    const { epsilon: plain } = await ours(gated, params, { x, t });
    expect(difference(plain!.data as Float32Array, epsilon!.data as Float32Array)).toBeGreaterThan(
      range.scale,
    );
  });

  it('refuses float16 for weights that it cannot hold', async () => {
    const params = livelyParams(unetSpec(base));
    const read = (param: string) =>
      Promise.resolve(param === 'out.2.bias' ? Float32Array.of(1, 65520, 3) : params[param]!.data);
    const file = path.join(folder, 'huge.onnx');
    await expect(writeUnet(file, base, read, { precision: 'float16' })).rejects.toThrow(
      /out\.2\.bias has numbers that are too large for float16/,
    );
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
  });

  it('keeps large weights in a file beside it', async () => {
    const params = livelyParams(unetSpec(base));
    const read = (param: string) => Promise.resolve(params[param]!.data);
    const inline = path.join(folder, 'inline.onnx');
    const apart = path.join(folder, 'apart.onnx');
    expect(await writeUnet(inline, base, read)).toEqual({ model: inline });
    expect(await writeUnet(apart, base, read, { inlineLimit: 0 })).toEqual({
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

/** What a model gives for `inputs` in ONNX Runtime alone: its only output. */
async function plainRuntime(
  file: string,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  const outputs = await session.run(
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor('float32', data as Float32Array, shape),
      ]),
    ),
  );
  await session.release();
  return Object.values(outputs)[0]!.data as Float32Array;
}

function inputsOf(config: UNetConfig, batch: number) {
  const tensor = (name: string, shape: readonly number[]): HostTensor => ({
    shape,
    dtype: 'float32',
    data: normal(2, name, batch, 0, sizeOf(shape)),
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
  constants: ReturnType<typeof livelyParams>,
  inputs: ReturnType<typeof inputsOf>,
  layers?: LayerTreatment,
) {
  const program = await onnxEngine({ threads: 1 }).compile(
    (args) => {
      const { x, t, context } = args.inputs;
      return { outputs: { epsilon: unet(args.constants, config, x!, t!, context && { context }).output } };
    },
    { constants, inputs: { ...inputs }, ...(layers && { layers }) },
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
