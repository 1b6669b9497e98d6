// The number of threads changes no bit: of any kernel, of products and sums whose shapes ONNX Runtime itself would add
// up in another order for each number (docs/adr/0009), and of whole training steps.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { HostTensors, Signature, TensorFunction } from '../../src/engine/engine.ts';
import { onnxEngine } from '../../src/engine/onnx/engine.ts';
import { alignSpec, tapPairs } from '../../src/distill/feature-taps.ts';
import { objective } from '../../src/distill/objective.ts';
import { lossTerms } from '../../src/distill/terms/catalog.ts';
import { firstStageLoss } from '../../src/models/autoencoder/first-stage-loss.ts';
import { firstStageSpec } from '../../src/models/autoencoder/first-stage.ts';
import type { AutoencoderConfig } from '../../src/models/autoencoder/autoencoder-config.ts';
import type { UNetConfig } from '../../src/models/unet/unet-config.ts';
import { unetSpec } from '../../src/models/unet/unet.ts';
import type { ParamSpec } from '../../src/nn/params.ts';
import { trainStep, type LossFunction } from '../../src/optim/train-step.ts';
import { plainUnet } from '../support/networks/plain-unet.ts';
import { convCases } from './cases/conv.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { fusedCases } from './cases/fused.ts';
import { layoutCases } from './cases/layout.ts';
import { matmulCases } from './cases/matmul.ts';
import { reduceCases } from './cases/reduce.ts';
import { unaryCases } from './cases/unary.ts';
import { conformanceProgram } from './conformance.ts';
import { RandomTensors } from './random-tensors.ts';

const threadCounts = [1, 2, 3, 4, 8];
const steps = 2;

/** What `fn` gives, and its state after some runs from `state`, with so many threads. */
async function resultsWith(
  threads: number,
  fn: TensorFunction,
  signature: Signature,
  inputs: HostTensors,
  state?: HostTensors,
): Promise<HostTensors> {
  const program = await onnxEngine({ threads }).compile(fn, signature);
  if (state) program.setState(state);
  let outputs: HostTensors = {};
  for (let run = 0; run < (state ? steps : 1); run++) outputs = await program.run(inputs);
  const results = { ...outputs, ...(state && (await program.getState())) };
  await program.dispose();
  return results;
}

/** Fails, with their names, where tensors have other bytes with several threads than with one. */
async function expectSameBytes(
  fn: TensorFunction,
  signature: Signature,
  inputs: HostTensors,
  state?: HostTensors,
): Promise<void> {
  const [one, ...others] = threadCounts;
  const expected = await resultsWith(one!, fn, signature, inputs, state);
  expect(Object.keys(expected).length).toBeGreaterThan(0);
  for (const threads of others) {
    const actual = await resultsWith(threads, fn, signature, inputs, state);
    const different = Object.keys(expected).filter((name) => !sameBytes(actual[name]!, expected[name]!));
    expect(different, `with ${threads} threads`).toEqual([]);
  }
}

function sameBytes(a: HostTensors[string], b: HostTensors[string]): boolean {
  const bytes = ({ data }: HostTensors[string]): Buffer =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(a).equals(bytes(b));
}

/** Each test compiles its program once for every number of threads. */
const timeout = 600_000;

describe('kernels', { timeout }, () => {
  it.each(
    Object.entries({
      conv: convCases,
      elementwise: elementwiseCases,
      fused: fusedCases,
      layout: layoutCases,
      matmul: matmulCases,
      reduce: reduceCases,
      unary: unaryCases,
    }),
  )('%s: every conformance case', async (_, table) => {
    const { program, inputs } = conformanceProgram(table);
    await expectSameBytes(program, { inputs }, inputs);
  });
});

describe('long sums', { timeout }, () => {
  const random = new RandomTensors(9);
  const sums: Readonly<
    Record<string, readonly [shapes: number[][], sum: (...xs: tf.Tensor[]) => tf.Tensor]>
  > = {
    'product of fewer rows than columns': [
      [
        [64, 1152],
        [128, 1152],
      ],
      (x, y) => tf.matMul(x, y, false, true),
    ],
    'product of four rows': [
      [
        [4, 1024],
        [1024, 288],
      ],
      (x, y) => tf.matMul(x, y),
    ],
    'both operands transposed': [
      [
        [1024, 32],
        [96, 1024],
      ],
      (x, y) => tf.matMul(x, y, true, true),
    ],
    'product of one row': [
      [
        [1, 1024],
        [1024, 288],
      ],
      (x, y) => tf.matMul(x, y),
    ],
    'over images and pixels, of four channels': [[[2, 4, 32, 32]], (x) => tf.sum(x, [0, 2, 3])],
    'over a middle axis': [[[4, 32, 256]], (x) => tf.sum(x, [1])],
    'over the first axis': [[[600, 8]], (x) => tf.sum(x, [0], true)],
    'mean over the first axis': [[[600, 8]], (x) => tf.mean(x, [0])],
    'over everything': [[[16, 3, 32, 32]], (x) => tf.mean(x)],
  };
  it.each(Object.entries(sums))('%s', async (_, [shapes, sum]) => {
    const inputs = Object.fromEntries(shapes.map((shape, i) => [String(i), random.float(shape)]));
    const fn: TensorFunction = ({ inputs: given }) => ({
      outputs: { y: sum(...shapes.map((__, i) => given[String(i)]!)) },
    });
    await expectSameBytes(fn, { inputs }, inputs);
  });
});

describe('training steps', { timeout }, () => {
  const student: UNetConfig = {
    ...plainUnet,
    imageSize: 16,
    inChannels: 4,
    outChannels: 4,
    modelChannels: 32,
    attentionResolutions: [2],
    numResBlocks: 1,
    channelMult: [1, 2],
    numHeads: 4,
    waveletGating: true,
  };
  const teacher: UNetConfig = { ...student, modelChannels: 64, waveletGating: false };
  const settings = {
    steps: 10,
    learningRate: 1e-3,
    lrSchedule: 'constant',
    warmupSteps: 0,
    weightDecay: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    gradClip: 1,
    emaDecay: 0.9,
  } as const;

  const weightsOfTerms = {
    lambdaS: 0.1,
    lambdaF: 0.1,
    reduction: 'mean',
    dftNorm: 'ortho',
    alpha: -1,
    weightFloor: 0.01,
  } as const;

  /** Small random tensors for all weights: those that start at zero would hide what is behind them. */
  const weights = (specs: readonly ParamSpec[]): HostTensors => {
    const random = new RandomTensors(3);
    return Object.fromEntries(specs.map(({ name, shape }) => [name, random.float(shape, -0.1, 0.1)]));
  };

  async function expectSameTraining(
    specs: readonly ParamSpec[],
    loss: LossFunction,
    batch: HostTensors,
    constants: HostTensors = {},
  ): Promise<void> {
    const step = trainStep({ specs, loss }, settings);
    const inputs = { ...step.inputs, ...batch };
    const signature = { state: step.state, constants, inputs };
    await expectSameBytes(
      step.fn,
      signature,
      { ...batch, ...step.stepScalars(0) },
      step.initialState(weights(specs)),
    );
  }

  /** Convolutions with trained filters are divided by pixels in a batch of one: docs/adr/0009 says what is left. */
  const cases = [
    { imageSize: 16, samples: 3 },
    { imageSize: 8, samples: 16 },
    { imageSize: 32, samples: 2 },
  ];
  it.each(cases)('a gated student, $samples of $imageSize pixels', async ({ imageSize, samples }) => {
    const random = new RandomTensors(imageSize);
    const images = [samples, 4, imageSize, imageSize];
    const pairs = tapPairs(teacher, student, 'all');
    const [teacherSpecs, sizes] = [unetSpec(teacher), { imageSize }];
    await expectSameTraining(
      [...unetSpec(student), ...alignSpec(pairs)],
      (params, { inputs, constants }) => {
        const { x0, epsilon, timesteps, sqrtAlphaBar, sqrtOneMinusAlphaBar } = inputs;
        return {
          ...objective(
            params,
            { unet: { ...student, ...sizes } },
            {
              x0: x0!,
              epsilon: epsilon!,
              timesteps: timesteps!,
              sqrtAlphaBar: sqrtAlphaBar!,
              sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar!,
            },
            {
              teacher: { ...teacher, ...sizes },
              teacherParams: constants,
              pairs,
              terms: lossTerms({ spatial: true, freq: true }, weightsOfTerms),
            },
          ),
        };
      },
      {
        x0: random.float(images),
        epsilon: random.float(images),
        timesteps: random.float([samples], 1, 999),
        sqrtAlphaBar: random.float([samples], 0.1, 1),
        sqrtOneMinusAlphaBar: random.float([samples], 0.1, 1),
      },
      weights(teacherSpecs),
    );
  });

  it.each([{ codes: undefined }, { codes: 64 }])('an autoencoder with $codes codes', async ({ codes }) => {
    const random = new RandomTensors(5);
    const config: AutoencoderConfig = {
      doubleZ: codes === undefined,
      zChannels: 4,
      resolution: 16,
      inChannels: 3,
      outChannels: 3,
      channels: 32,
      channelMult: [1, 2],
      numResBlocks: 1,
      attnResolutions: [],
      embedDim: 4,
      ...(codes !== undefined && { codes }),
    };
    await expectSameTraining(
      firstStageSpec(config),
      (params, { inputs: { images, noise } }) => ({
        ...firstStageLoss(
          params,
          config,
          { images: images!, noise: noise! },
          { klWeight: 1e-6, codebookWeight: 1 },
        ),
      }),
      { images: random.float([4, 3, 16, 16], -1, 1), noise: random.float([4, 4, 8, 8]) },
    );
  });
});
