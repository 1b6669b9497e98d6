// DDIM sampling of one model and decoding to pixels. Noise belongs to the index of a sample, so images do not depend
// on the batch size or on where an interrupted run went on.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { packFiles, openPack, type PackIndex } from '../../../datasets/pack.ts';
import type { Part } from '../../../datasets/parts.ts';
import { sampleDdim } from '../../../diffusion/ddim.ts';
import { doubled, guide, guidedConditions } from '../../../diffusion/guidance.ts';
import { forwardCoefficients } from '../../../diffusion/forward-process.ts';
import { epsilonOf } from '../../../diffusion/prediction.ts';
import { scaledLinearSchedule } from '../../../diffusion/schedule.ts';
import type { HostTensors, Program } from '../../../engine/engine.ts';
import { InterruptedError, StageError } from '../../../errors.ts';
import { decodeLatents } from '../../../models/autoencoder/first-stage.ts';
import { unet } from '../../../models/unet/unet.ts';
import { renderGrid } from '../../rows/grid.ts';
import { batchNormal } from '../../../rng/noise.ts';
import {
  conditionInputs,
  conditionSpecs,
  contextOfInputs,
  openConditions,
  type Conditions,
} from '../../conditions/conditions.ts';
import { readModel } from '../../networks/model-files.ts';
import { toPixels } from '../../rows/pixels.ts';
import { computeRows, joinPieces, wholeBatches, type RowWork } from '../../rows/rows.ts';
import { given, stageOf, type ShardContext, type Stage } from '../../stage.ts';
import { promptSeedOf, sample as description, type SampleParams, type SampleSummary } from './describe.ts';
import type { TokenIds } from '../../conditions/text-encoder.ts';

type Description = typeof description;
type Context = ShardContext<Description>;

/** The stage with pieces of `pieceSize` images, or a few more: whole batches. */
export function sampleStageOf(pieceSize: number): Stage<Description> {
  return stageOf(description, {
    async run(context) {
      const { params, outputDir } = context;
      const { sample } = params;
      const started = performance.now();
      const { pieces, computed } = await computeRows(context, sampling(context, pieceSize));
      const seconds = (performance.now() - started) / 1000;
      await joinPieces(pieces, path.join(outputDir, packFiles.images));
      const index: PackIndex = {
        version: 1,
        count: sample.count,
        size: imageSize(params),
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
        ...(computed > 0 && { samplesPerSecond: computed / seconds }),
        sampler: {
          name: 'DDIM',
          steps: sample.steps,
          eta: sample.eta,
          guidanceScale: params.conditioning === undefined ? null : sample.guidanceScale,
          weights: sample.useEma ? 'ema' : 'raw',
          ...(await promptsOf(context)),
        },
      };
      return { summary };
    },
    async runShard(context, shard) {
      await computeRows(context, sampling(context, pieceSize), shard);
    },
  });
}

export const sampleStage = sampleStageOf(512);

/** Side of the decoded images. */
function imageSize({ latentShape, network }: SampleParams): number {
  return latentShape[1] * 2 ** ((network?.channelMult.length ?? 1) - 1);
}

/** The part of the images whose captions are sampled for. */
function captionsOf({ captionsOf: part = 'held-out' }: SampleParams): Part {
  return part;
}

/** What the card tells of drawn captions. */
async function promptsOf({ params, inputs }: Context): Promise<Pick<SampleSummary['sampler'], 'prompts'>> {
  const seed = promptSeedOf(params);
  if (seed === undefined) return {};
  const pack = await openPack(given(inputs.dataset, 'dataset').dir, captionsOf(params));
  await pack.close();
  return { prompts: { seed, images: pack.count } };
}

function sampling(context: Context, pieceSize: number): RowWork {
  const { sample } = context.params;
  const { count, batchSize } = sample;
  const size = imageSize(context.params);
  return {
    name: 'images',
    extension: '.u8',
    count,
    batchSize,
    pieceSize: wholeBatches(pieceSize, batchSize),
    rowBytes: size * size * 3,
    async open() {
      const sampler = await openSampler(context);
      return {
        async compute({ from, to }, write, emit) {
          for (let start = from; start < to; start += batchSize) {
            const length = Math.min(batchSize, to - start);
            const indices = Array.from(
              { length: batchSize },
              (_, slot) => start + Math.min(slot, length - 1),
            );
            const pixels = await sampler.sample(indices, (fraction) => {
              emit({ type: 'progress', done: start + fraction * length, total: count, unit: 'images' });
            });
            await write(pixels.subarray(0, length * size * size * 3), start);
          }
        },
        dispose: () => sampler.dispose(),
      };
    },
  };
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
  const seedOfPrompts = promptSeedOf(params);
  const conditions = await openConditions(context, params.conditioning, captionsOf(params), {
    ...(seedOfPrompts !== undefined && { prompts: { count: sample.count, seed: seedOfPrompts } }),
  });
  const guided = conditions !== undefined && sample.guidanceScale !== 1;
  const denoiser = await compileDenoiser(context, shape, conditions, guided);
  const decoder = await compileDecoder(context, shape);
  const size = imageSize(params);
  return {
    async sample(indices, onStep) {
      const told = conditions && (await conditionInputs(conditions, toldOf(conditions, indices, guided)));
      const noise = (step: number) => batchNormal(seed, 'sample', step, indices, latentSize);
      const x0 = await sampleDdim({
        schedule,
        steps: sample.steps,
        eta: sample.eta,
        xT: noise(0),
        noise: (index) => noise(index + 1),
        predictEpsilon: async (x, timestep) => {
          const timesteps = new Float32Array(batchSize).fill(timestep);
          const levels = diffusion.prediction === 'v' ? forwardCoefficients(schedule, timesteps) : {};
          const perSample = Object.entries({ timesteps, ...levels }).map(([name, data]) => [
            name,
            { shape: [batchSize], dtype: 'float32' as const, data },
          ]);
          const { epsilon } = await denoiser.run({
            x: { shape, dtype: 'float32', data: x },
            ...(Object.fromEntries(perSample) as HostTensors),
            ...told,
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
      await conditions?.close();
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

/** Conditions of the batch that the denoiser is given for the samples. */
function toldOf({ nothing, ofSample }: Conditions, indices: readonly number[], guided: boolean): TokenIds[] {
  const told = indices.map((index) => ofSample(index));
  return guided ? guidedConditions(told, nothing) : told;
}

/** Predicts epsilon; with guidance, both predictions are made in one batch of twice the size. */
async function compileDenoiser(
  context: Context,
  shape: readonly number[],
  conditions: Conditions | undefined,
  guided: boolean,
): Promise<Program> {
  const { unet: config, sample, diffusion } = context.params;
  const batchSize = shape[0]!;
  const vector = { shape: [batchSize], dtype: 'float32' as const };
  const engine = await context.engine();
  const weights = await readModel(context.inputs.model, sample.useEma ? 'ema' : 'weights');
  return engine.compile(
    ({ constants, inputs: { x, timesteps, sqrtAlphaBar, sqrtOneMinusAlphaBar, ...told } }) => {
      const context = conditions && { context: contextOfInputs(conditions, constants, told) };
      const at = guided
        ? { x: doubled(x!), timesteps: doubled(timesteps!) }
        : { x: x!, timesteps: timesteps! };
      const given = unet(constants, config, at.x, at.timesteps, context).output;
      const output = guided ? guide(given, sample.guidanceScale) : given;
      const levels = { xt: x!, sqrtAlphaBar: sqrtAlphaBar!, sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar! };
      return { outputs: { epsilon: epsilonOf(diffusion.prediction, output, levels) } };
    },
    {
      constants: weights,
      inputs: {
        x: { shape, dtype: 'float32' },
        timesteps: vector,
        ...(diffusion.prediction === 'v' && { sqrtAlphaBar: vector, sqrtOneMinusAlphaBar: vector }),
        ...(conditions && conditionSpecs(conditions, (guided ? 2 : 1) * batchSize)),
      },
    },
  );
}

/** Scaled latents to images in [-1, 1]; the identity where latents are pixels. */
async function compileDecoder(context: Context, shape: readonly number[]): Promise<Program> {
  const { network } = context.params;
  const { scaleFactor } = context.inputs.latents.summary;
  const engine = await context.engine();
  return engine.compile(
    ({ constants, inputs: { latents } }) => {
      const z = tf.mul(latents!, 1 / scaleFactor);
      return { outputs: { images: network === undefined ? z : decodeLatents(constants, network, z) } };
    },
    {
      constants:
        network === undefined ? {} : await readModel(given(context.inputs.autoencoder, 'autoencoder'), 'ema'),
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
