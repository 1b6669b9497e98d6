// DDIM sampling of one model and decoding to pixels. Noise belongs to the index of a sample, so images do not depend
// on the batch size or on where an interrupted run went on.
import { copyFile, open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { packFiles, openPack, type PackIndex } from '../datasets/pack.ts';
import { sampleDdim } from '../diffusion/ddim.ts';
import { scaledLinearSchedule } from '../diffusion/schedule.ts';
import type { Program } from '../engine/engine.ts';
import { InterruptedError, StageError } from '../errors.ts';
import { contextOf } from '../models/conditioner.ts';
import { idsPerSample, unconditionalIds } from '../models/conditioner-config.ts';
import { decodeLatents } from '../models/first-stage.ts';
import { unet } from '../models/unet.ts';
import type { SampleParams } from '../plan/stage-params.ts';
import { renderGrid } from '../report/grid.ts';
import { batchNormal } from '../rng/noise.ts';
import { idsSpec, openConditions, type Conditions } from './conditions.ts';
import { readModel } from './model-files.ts';
import { toPixels } from './pixels.ts';
import { inputOf, type Stage, type StageContext } from './stage.ts';
import type { LatentsSummary, SampleSummary } from './summaries.ts';

type Context = StageContext<SampleParams>;

export const sampleStage: Stage<SampleParams> = {
  kind: 'sample',
  version: 1,
  async run(context) {
    const { params, workDir, outputDir } = context;
    const { sample } = params;
    const size = imageSize(params);
    const started = performance.now();
    const partial = path.join(workDir, packFiles.images);
    const done = await samplesIn(partial, size);
    await sampleInto(context, partial, done, size);
    const seconds = (performance.now() - started) / 1000;
    await copyFile(partial, path.join(outputDir, packFiles.images));
    const index: PackIndex = {
      version: 1,
      count: sample.count,
      size,
      digest: '',
      names: Array.from({ length: sample.count }, (_, i) => String(i).padStart(6, '0')),
      corrupt: [],
    };
    await writeFile(path.join(outputDir, packFiles.labels), JSON.stringify(index));
    const grid = 'grid.png';
    await writeFile(path.join(outputDir, grid), await gridOf(outputDir, sample));
    const summary: SampleSummary = {
      count: sample.count,
      grid,
      samplesPerSecond: (sample.count - done) / seconds,
      sampler: {
        name: 'DDIM',
        steps: sample.steps,
        eta: sample.eta,
        guidanceScale: params.conditioning === undefined ? null : sample.guidanceScale,
        weights: sample.useEma ? 'ema' : 'raw',
      },
    };
    return { summary: { ...summary } };
  },
};

/** Side of the decoded images. */
function imageSize({ latentShape, network }: SampleParams): number {
  return latentShape[1] * 2 ** ((network?.channelMult.length ?? 1) - 1);
}

/** Whole samples in the file of an interrupted run. */
async function samplesIn(file: string, size: number): Promise<number> {
  try {
    return Math.floor((await stat(file)).size / (size * size * 3));
  } catch {
    return 0;
  }
}

/** Samples images `done`.. and appends them to `file`. */
async function sampleInto(context: Context, file: string, done: number, size: number): Promise<void> {
  const { sample } = context.params;
  const sampler = await openSampler(context);
  const out = await open(file, done === 0 ? 'w' : 'r+');
  try {
    await out.truncate(done * size * size * 3);
    for (let start = done; start < sample.count; start += sample.batchSize) {
      const length = Math.min(sample.batchSize, sample.count - start);
      const indices = Array.from(
        { length: sample.batchSize },
        (_, slot) => start + Math.min(slot, length - 1),
      );
      const pixels = await sampler.sample(indices, (fraction) => {
        context.emit({
          type: 'progress',
          done: start + fraction * length,
          total: sample.count,
          unit: 'images',
        });
      });
      const bytes = pixels.subarray(0, length * size * size * 3);
      await out.write(bytes, 0, bytes.length, start * size * size * 3);
    }
    await out.sync();
  } finally {
    await out.close();
    await sampler.dispose();
  }
}

interface Sampler {
  /** Images [indices.length, size, size, 3] uint8 of the samples `indices`. */
  sample(indices: readonly number[], onStep: (fraction: number) => void): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

async function openSampler(context: Context): Promise<Sampler> {
  const { params, seed, signal } = context;
  const { latentShape, sample, diffusion } = params;
  const batchSize = sample.batchSize;
  const latentSize = latentShape.reduce((product, extent) => product * extent, 1);
  const shape = [batchSize, ...latentShape];
  const schedule = scaledLinearSchedule(diffusion);
  const conditions = await openConditions(context, params.conditioning);
  const denoiser = await compileDenoiser(context, shape, conditions);
  const decoder = await compileDecoder(context, shape);
  const size = imageSize(params);
  return {
    async sample(indices, onStep) {
      const ids = conditions && {
        ids: {
          ...idsSpec(conditions, batchSize),
          data: Int32Array.from(indices.flatMap((index) => conditions.ofSample(index))),
        },
      };
      const noise = (step: number) => batchNormal(seed, 'sample', step, indices, latentSize);
      const x0 = await sampleDdim({
        schedule,
        steps: sample.steps,
        eta: sample.eta,
        xT: noise(0),
        noise: (index) => noise(index + 1),
        predictEpsilon: async (x, timestep) => {
          const { epsilon } = await denoiser.run({
            x: { shape, dtype: 'float32', data: x },
            timesteps: {
              shape: [batchSize],
              dtype: 'float32',
              data: new Float32Array(batchSize).fill(timestep),
            },
            ...ids,
          });
          return (epsilon!.data as Float32Array).slice();
        },
        onStep: ({ index, count }) => {
          if (signal.aborted) throw new InterruptedError();
          onStep((index + 1) / count);
        },
      });
      const { images } = await decoder.run({ latents: { shape, dtype: 'float32', data: x0 } });
      if (!images!.data.every(Number.isFinite)) throw notFinite(params.model);
      return toPixels(images!.data as Float32Array, size);
    },
    async dispose() {
      await denoiser.dispose();
      await decoder.dispose();
    },
  };
}

function notFinite(model: string): StageError {
  return new StageError(`sample ${model}`, 'the sampled images are not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
}

/** Predicts epsilon; with guidance, both predictions are made in one batch of twice the size. */
async function compileDenoiser(
  context: Context,
  shape: readonly number[],
  conditions: Conditions | undefined,
): Promise<Program> {
  const { unet: config, sample } = context.params;
  const batchSize = shape[0]!;
  const engine = await context.engine();
  const weights = await readModel(inputOf(context, 'model'), sample.useEma ? 'ema' : 'weights');
  return engine.compile(
    ({ constants, inputs: { x, timesteps, ids } }) => {
      if (conditions === undefined || ids === undefined)
        return { outputs: { epsilon: unet(constants, config, x!, timesteps!).output } };
      const { network } = conditions;
      const guidanceScale = sample.guidanceScale;
      if (guidanceScale === 1)
        return {
          outputs: {
            epsilon: unet(constants, config, x!, timesteps!, { context: contextOf(constants, network, ids) })
              .output,
          },
        };
      const nothing = tf.tensor2d(
        Array.from({ length: batchSize }, () => [...unconditionalIds(network)]),
        [batchSize, idsPerSample(network)],
        'int32',
      );
      const told = contextOf(constants, network, tf.concat([nothing, ids], 0));
      const twice = (tensor: tf.Tensor) => tf.concat([tensor, tensor], 0);
      const both = unet(constants, config, twice(x!), twice(timesteps!), { context: told }).output;
      const [unconditional, conditional] = tf.split(both, 2, 0) as [tf.Tensor, tf.Tensor];
      const direction = tf.sub(conditional, unconditional);
      return { outputs: { epsilon: tf.add(unconditional, tf.mul(direction, guidanceScale)) } };
    },
    {
      constants: { ...weights, ...conditions?.frozen },
      inputs: {
        x: { shape, dtype: 'float32' },
        timesteps: { shape: [batchSize], dtype: 'float32' },
        ...(conditions && { ids: idsSpec(conditions, batchSize) }),
      },
    },
  );
}

/** Scaled latents to images in [-1, 1]; the identity where latents are pixels. */
async function compileDecoder(context: Context, shape: readonly number[]): Promise<Program> {
  const { network } = context.params;
  const { scaleFactor } = inputOf(context, 'latents').summary as unknown as LatentsSummary;
  const engine = await context.engine();
  return engine.compile(
    ({ constants, inputs: { latents } }) => {
      const z = tf.mul(latents!, 1 / scaleFactor);
      return { outputs: { images: network === undefined ? z : decodeLatents(constants, network, z) } };
    },
    {
      constants: network === undefined ? {} : await readModel(inputOf(context, 'autoencoder'), 'ema'),
      inputs: { latents: { shape, dtype: 'float32' } },
    },
  );
}

async function gridOf(folder: string, sample: SampleParams['sample']): Promise<Uint8Array> {
  const pack = await openPack(folder);
  try {
    const shown = Math.min(sample.gridColumns * sample.gridRows, sample.count);
    const indices = Array.from({ length: shown }, (_, i) => i);
    return await renderGrid(await pack.readBatch(indices), { size: pack.size, columns: sample.gridColumns });
  } finally {
    await pack.close();
  }
}
