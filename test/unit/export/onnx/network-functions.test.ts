// What a whole model exports beside its UNet, in plain ONNX Runtime, against what sampling does here.
import ort from 'onnxruntime-node';
import { describe, expect, it, vi } from 'vitest';
import { ddimStep } from '../../../../src/diffusion/ddim.ts';
import { predictedX0 } from '../../../../src/diffusion/sampling-run.ts';
import {
  sizeOf,
  type HostTensor,
  type HostTensors,
  type TensorFunction,
} from '../../../../src/engine/engine.ts';
import { encodeModel } from '../../../../src/engine/onnx/encode.ts';
import { onnxEngine } from '../../../../src/engine/onnx/engine.ts';
import {
  conditionerFunction,
  decoderFunction,
  stepFunction,
} from '../../../../src/export/onnx/network-functions.ts';
import { openGraph, type BatchFunction } from '../../../../src/export/onnx/open-graph.ts';
import { inlineWeights } from '../../../../src/export/onnx/weights.ts';
import type { AutoencoderConfig } from '../../../../src/models/autoencoder/autoencoder-config.ts';
import { decodeLatents } from '../../../../src/models/autoencoder/first-stage.ts';
import { contextOf } from '../../../../src/models/conditioner/conditioner.ts';
import type { ConditionerConfig } from '../../../../src/models/conditioner/conditioner-config.ts';
import type { UNetConfig } from '../../../../src/models/unet/unet-config.ts';
import { unet } from '../../../../src/models/unet/unet.ts';
import { normal } from '../../../../src/rng/noise.ts';
import { livelyParams } from '../../../support/networks/lively-params.ts';
import { plainUnet } from '../../../support/networks/plain-unet.ts';

// Whole networks are traced, written and run: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const batch = 3; // not the one that was traced
const tokens = 4;
const [alphaBar, alphaBarPrev] = [0.37, 0.52];

const small: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 32,
  attentionResolutions: [2],
  numResBlocks: 1,
  channelMult: [1, 2],
  numHeadChannels: 32,
};
const conditional: UNetConfig = { ...small, spatialTransformer: { depth: 1, contextDim: 16 } };

describe('a step of DDIM', () => {
  it.each([
    ['epsilon', undefined, { ...small, waveletGating: true }, 0],
    ['epsilon with noise', undefined, small, 1],
    ['v', 'v', { ...small, waveletGating: true }, 0.5],
    ['guided epsilon', undefined, conditional, 0],
    ['guided v', 'v', { ...conditional, waveletGating: true }, 1],
  ] as const)('%s is what sampling does', async (_, prediction, config, eta) => {
    const step = stepFunction({ unet: config, contextTokens: tokens, prediction });
    const params = livelyParams(step.weights);
    const latents = [batch, 2, 8, 8];
    const x = random('x', latents);
    const noise = random('noise', latents);
    const timestep = filled(311);
    const guidance = 2.5;
    const told = config.spatialTransformer && {
      encoder_hidden_states: random('told', [batch, tokens, 16]),
      unconditional_hidden_states: random('untold', [batch, tokens, 16]),
    };
    const outputs = await exported(step, params, {
      ...{ sample: x, timestep, noise },
      ...{ alpha_bar: filled(alphaBar), alpha_bar_prev: filled(alphaBarPrev), eta: filled(eta) },
      ...(told && { ...told, guidance_scale: filled(guidance) }),
    });

    const predicted = async (context?: HostTensor) => {
      const { output } = await ours(
        ({ constants, inputs }) => ({
          outputs: {
            output: unet(
              constants,
              config,
              inputs['x']!,
              inputs['timestep']!,
              inputs['context'] && { context: inputs['context'] },
            ).output,
          },
        }),
        params,
        { x, timestep, ...(context && { context }) },
      );
      return (output!.data as Float32Array).slice();
    };
    let given = await predicted(told?.encoder_hidden_states);
    if (told) {
      const without = await predicted(told.unconditional_hidden_states);
      given = without.map((value, i) => value + guidance * (given[i]! - value));
    }
    const epsilon =
      prediction === 'v'
        ? given.map((v, i) => Math.sqrt(1 - alphaBar) * floats(x)[i]! + Math.sqrt(alphaBar) * v)
        : given;
    // DDIM, Eq. 16.
    const sigma = eta * Math.sqrt(((1 - alphaBarPrev) / (1 - alphaBar)) * (1 - alphaBar / alphaBarPrev));
    const expected = ddimStep(floats(x), epsilon, { alphaBar, alphaBarPrev, sigma }, floats(noise));
    expect(outputs['prev_sample']!.dims).toEqual(latents);
    expect(difference(outputs['prev_sample']!, expected)).toBeLessThan(1e-5);
    const x0 = predictedX0(floats(x), epsilon, alphaBar);
    expect(difference(outputs['pred_original_sample']!, x0)).toBeLessThan(1e-5);
  });
});

describe('a decoder', () => {
  const kl: AutoencoderConfig = {
    doubleZ: true,
    zChannels: 2,
    resolution: 16,
    inChannels: 3,
    outChannels: 3,
    channels: 32,
    channelMult: [1, 1],
    numResBlocks: 1,
    attnResolutions: [8],
    embedDim: 2,
  };
  it.each([
    ['KL', kl],
    ['VQ', { ...kl, doubleZ: false, codes: 7 }],
  ] as const)('of an autoencoder (%s) undoes the scale of latents', async (_, network) => {
    const scaleFactor = 0.4;
    const decoder = decoderFunction({ network, latentShape: [2, 8, 8], scaleFactor });
    const params = livelyParams(decoder.weights);
    const held = openGraph(decoder).inputs.map(({ name }) => name);
    expect(held).toContain('decoder.conv_in.weight');
    expect(held).not.toContain('encoder.conv_in.weight');
    const z = random('z', [batch, 2, 8, 8]);
    const { images } = await exported(decoder, params, {
      latents: { ...z, data: floats(z).map((value) => scaleFactor * value) },
    });
    const { expected } = await ours(
      ({ constants, inputs }) => ({ outputs: { expected: decodeLatents(constants, network, inputs['z']!) } }),
      params,
      { z },
    );
    expect(images!.dims).toEqual([batch, 3, 16, 16]);
    expect(difference(images!, floats(expected!))).toBeLessThan(1e-5);
  });

  it('of pixels undoes their scale', async () => {
    const pixels = random('x', [batch, 3, 4, 4]);
    const decoder = decoderFunction({ latentShape: [3, 4, 4], scaleFactor: 0.5 });
    const { images } = await exported(decoder, {}, { latents: pixels });
    expect(images!.data).toEqual(floats(pixels).map((value) => 2 * value));
  });
});

it.each<[string, ConditionerConfig, number[]]>([
  ['classes', { kind: 'class', classes: 3, width: 8 }, [2, 0, 3]],
  [
    'captions',
    {
      kind: 'text',
      encoder: {
        ...{ vocabSize: 9, positions: tokens, width: 16, heads: 2, layers: 2, hiddenWidth: 32 },
        activation: 'gelu',
      },
      emptyCaption: [0, 0, 0, 0],
    },
    [1, 2, 3, 4, 8, 7, 0, 0, 0, 0, 0, 0],
  ],
])('%s become the context that models are told', async (_, config, ids) => {
  const fn = conditionerFunction(config);
  const params = livelyParams(fn.weights);
  const told: HostTensor = {
    shape: [batch, ids.length / batch],
    dtype: 'int32',
    data: Int32Array.from(ids),
  };
  const { encoder_hidden_states: context } = await exported(fn, params, { input_ids: told });
  const { expected } = await ours(
    ({ constants, inputs }) => ({ outputs: { expected: contextOf(constants, config, inputs['ids']!) } }),
    params,
    { ids: told },
  );
  expect(context!.dims).toEqual(expected!.shape);
  expect(difference(context!, floats(expected!))).toBeLessThan(1e-5);
});

function random(name: string, shape: readonly number[]): HostTensor {
  return { shape, dtype: 'float32', data: normal(5, name, 0, 0, sizeOf(shape)) };
}

function filled(value: number): HostTensor {
  return { shape: [batch], dtype: 'float32', data: new Float32Array(batch).fill(value) };
}

function floats({ data }: HostTensor): Float32Array {
  return data as Float32Array;
}

/** What plain ONNX Runtime makes of the exported function. */
async function exported(
  fn: BatchFunction,
  params: ReturnType<typeof livelyParams>,
  inputs: HostTensors,
): Promise<ort.InferenceSession.OnnxValueMapType & Record<string, ort.Tensor>> {
  const weights = await inlineWeights({
    specs: fn.weights,
    read: (name) => Promise.resolve(params[name]!.data),
    precision: 'float32',
  });
  const session = await ort.InferenceSession.create(
    encodeModel(openGraph(fn), { batchName: 'batch', weights }),
    { logSeverityLevel: 3 },
  );
  const outputs = await session.run(
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, dtype, shape }]) => [
        name,
        new ort.Tensor(dtype as 'float32', data as Float32Array, shape),
      ]),
    ),
  );
  await session.release();
  return outputs;
}

/** What our engine makes of a function with `constants`. */
async function ours(fn: TensorFunction, constants: HostTensors, inputs: HostTensors): Promise<HostTensors> {
  const program = await onnxEngine({ threads: 1 }).compile(fn, { constants, inputs });
  const outputs = await program.run(inputs);
  await program.dispose();
  return outputs;
}

/** Largest difference over the largest magnitude. */
function difference({ data }: ort.Tensor, expected: Float32Array): number {
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (data as Float32Array)[i]!)), 0) / scale;
}
