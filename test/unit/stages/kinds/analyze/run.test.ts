// The stage analyze around small networks with random weights: whose errors it measures, and that neither batches nor
// interruptions change them.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../../../src/weights/safetensors/safetensors.ts';
import { scaledLinearSchedule } from '../../../../../src/diffusion/schedule.ts';
import type { HostTensors } from '../../../../../src/engine/engine.ts';
import { selectEngine } from '../../../../../src/engine/select-engine.ts';
import { InterruptedError } from '../../../../../src/errors.ts';
import type { UNetConfig } from '../../../../../src/models/unet/unet-config.ts';
import { unet, unetSpec } from '../../../../../src/models/unet/unet.ts';
import { bandMeans } from '../../../../../src/models/wavelet/wavelet-gating.ts';
import { normal } from '../../../../../src/rng/noise.ts';
import { analyzeStage } from '../../../../../src/stages/kinds/analyze/run.ts';
import {
  analyze as analysis,
  type AnalyzeParams,
  type AnalyzeSummary,
} from '../../../../../src/stages/kinds/analyze/describe.ts';
import type { Artifact } from '../../../../../src/stages/stage.ts';
import { randomParams } from '../../../../support/experiments/random-networks.ts';
import { largestDifference } from '../../../../support/random-matrix.ts';
import { plainUnet } from '../../../../support/networks/plain-unet.ts';
import { runStage, stageContext, type TestContext } from '../../../../support/stages/stage-context.ts';

const shape = [2, 8, 8] as const;
const size = 128;
const images = 9;
const config: UNetConfig = {
  ...plainUnet,
  imageSize: 8,
  inChannels: 2,
  outChannels: 2,
  modelChannels: 32,
  attentionResolutions: [],
  numResBlocks: 1,
  channelMult: [1, 1],
  numHeads: 1,
  waveletGating: true,
};
const params: AnalyzeParams = {
  model: 'sd',
  unet: config,
  latentShape: [...shape],
  diffusion: { timesteps: 1000, linearStart: 0.0015, linearEnd: 0.0195 },
  useEma: true,
  analyze: { count: 7, timesteps: 3, batchSize: 4, part: 'held-out' },
};
/** Small enough that activations stay of the order of 1. */
const weights: HostTensors = Object.fromEntries(
  Object.entries(randomParams(unetSpec(config), 3)).map(([name, tensor]) => [
    name,
    { ...tensor, data: (tensor.data as Float32Array).map((value) => 0.1 * (value - 0.5)) },
  ]),
);

let folder: string;
let inputs: Readonly<Record<string, Artifact>>;
const latent = (index: number): Float32Array => normal(5, 'test/latents', 0, index, size);

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-analyze-'));
  const artifact = (name: string): Artifact => ({ key: name, dir: path.join(folder, name), summary: {} });
  inputs = { model: artifact('model'), latents: artifact('latents') };
  for (const { dir } of Object.values(inputs)) await mkdir(dir);
  const mean = new Float32Array(images * size);
  for (let i = 0; i < images; i++) mean.set(latent(i), i * size);
  await writeSafetensors(path.join(folder, 'latents', 'latents.safetensors'), {
    mean: { shape: [images, ...shape], dtype: 'float32', data: mean },
  });
  await writeSafetensors(path.join(folder, 'model', 'ema.safetensors'), weights);
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  readonly summary: AnalyzeSummary;
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly copyLow: Float32Array;
  readonly copyHigh: Float32Array;
}

const engine = () => selectEngine({ engine: 'onnx', device: 'cpu', threads: 1 });

async function analyze(
  analyze: Partial<AnalyzeParams['analyze']> = {},
  change: Partial<TestContext<AnalyzeParams>> = {},
  diffusion: Partial<AnalyzeParams['diffusion']> = {},
): Promise<Result> {
  const given = {
    ...params,
    analyze: { ...params.analyze, ...analyze },
    diffusion: { ...params.diffusion, ...diffusion },
  };
  const context = await stageContext({ folder, inputs }, given, { engine, ...change });
  const summary = await runStage(analysis, analyzeStage, context);
  const { tensors } = await readSafetensors(path.join(context.outputDir, summary.losses));
  const columns = Object.entries(tensors).map(([name, { shape, data }]) => {
    expect(shape).toEqual([summary.timesteps.length, summary.count]);
    return [name, data];
  });
  return { summary, ...(Object.fromEntries(columns) as Omit<Result, 'summary'>) };
}

/** All numbers, one after another. */
function numbers({ summary, low, high, copyLow, copyHigh }: Result): number[] {
  return [
    ...low,
    ...high,
    ...copyLow,
    ...copyHigh,
    ...summary.gates.flatMap(({ mean, std }) => [...mean, ...std].flat()),
  ];
}

/** The network itself on image `index` at timestep t, without stage or engine; with the noise that it was shown. */
function predict(
  index: number,
  t: number,
): ReturnType<typeof unet> & { readonly noise: Float32Array; readonly x: Float32Array } {
  const { alphaBar } = scaledLinearSchedule(params.diffusion);
  const noise = normal(7, 'analyze', t, index, size);
  const x = latent(index).map(
    (value, i) => Math.sqrt(alphaBar[t]!) * value + Math.sqrt(1 - alphaBar[t]!) * noise[i]!,
  );
  const tensors = Object.entries(weights).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data, [...shape]),
  ]);
  const network = Object.fromEntries(tensors) as Readonly<Record<string, tf.Tensor>>;
  return { ...unet(network, config, tf.tensor(x, [1, ...shape]), tf.tensor1d([t])), noise, x };
}

function meanSquare(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}

describe('analyze', () => {
  it('measures the error of the predicted noise and the gates, on images spread over the set', async () => {
    const { summary, low, high, copyLow, copyHigh } = await analyze();
    expect(summary).toMatchObject({ count: 7, timesteps: [1, 500, 999], weights: 'ema', cutoff: 0.25 });
    for (const [at, image] of [
      [0, 0],
      [6, 7],
    ] as const)
      for (const [row, t] of summary.timesteps.entries()) {
        const { output, noise, x } = predict(image, t);
        const loss = meanSquare(Array.from(output.dataSync(), (value, i) => value - noise[i]!));
        const of = row * 7 + at;
        expect(low[of]! + high[of]!).toBeCloseTo(loss, 5);
        expect(copyLow[of]! + copyHigh[of]!).toBeCloseTo(meanSquare([...x].map((v, i) => v - noise[i]!)), 5);
        expect(loss).toBeGreaterThan(0.1);
      }
  });

  it('measures the noise that follows from v, of a network that was trained to give v', async () => {
    const { low, high } = await analyze({ count: 2, timesteps: 1 }, {}, { prediction: 'v' });
    const { output, noise, x } = predict(4, 500);
    const { alphaBar } = scaledLinearSchedule(params.diffusion);
    const [signal, share] = [Math.sqrt(alphaBar[500]!), Math.sqrt(1 - alphaBar[500]!)];
    const errors = Array.from(output.dataSync(), (v, i) => share * x[i]! + signal * v - noise[i]!);
    expect(low[1]! + high[1]!).toBeCloseTo(meanSquare(errors), 5);
  });

  it('sums gates up by timestep and band', async () => {
    const { summary } = await analyze({ count: 2, timesteps: 1 });
    expect(summary.gates.map(({ module, direction, size }) => ({ module, direction, size }))).toEqual([
      { module: 'input_blocks.2.0', direction: 'down', size: 8 },
      { module: 'output_blocks.1.1', direction: 'up', size: 4 },
    ]);
    const rows = [0, 4].map((image) =>
      Object.values(predict(image, 500).gates).map((gate) => [...bandMeans(gate).dataSync()]),
    );
    for (const [module, { mean, std }] of summary.gates.entries())
      for (let band = 0; band < 4; band++) {
        const [a, b] = rows.map((row) => row[module]![band]!) as [number, number];
        expect(mean[0]![band]).toBeCloseTo((a + b) / 2, 6);
        expect(std[0]![band]).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 6);
        expect(mean[0]![band]).toBeGreaterThan(0);
        expect(mean[0]![band]).toBeLessThan(1);
      }
  });

  it('gives the same numbers in batches of 4 and of 16', async () => {
    const [small, large] = [await analyze(), await analyze({ batchSize: 16 })];
    expect(largestDifference(numbers(small), numbers(large))).toBeLessThan(1e-6);
  });

  it('takes all images of a small set', async () => {
    const { summary, low } = await analyze({ count: 50, timesteps: 1 });
    expect([summary.count, low.length]).toEqual([images, images]);
  });

  it('goes on after an interruption, with the same numbers', async () => {
    const stop = new AbortController();
    const workDir = path.join(folder, 'interrupted');
    await mkdir(workDir);
    let done = 0;
    const emit: TestContext<AnalyzeParams>['emit'] = (event) => {
      if (event.type !== 'progress') return;
      done = event.done;
      if (done >= 8) stop.abort();
    };
    await expect(analyze({}, { workDir, emit, signal: stop.signal })).rejects.toThrow(InterruptedError);
    expect(done).toBe(8);
    const progress: number[] = [];
    const note: typeof emit = (event) => {
      if (event.type === 'progress') progress.push(event.done);
    };
    const resumed = await analyze({}, { workDir, emit: note });
    expect(progress[0]).toBe(12);
    expect(numbers(resumed)).toEqual(numbers(await analyze()));
  });
});
