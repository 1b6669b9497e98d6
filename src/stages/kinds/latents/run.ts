// Encodes every image once, shard by shard, and fixes the scale of the latents.
import { copyFile, link } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { openPack, type ImagePack } from '../../../datasets/pack.ts';
import { rangeOfPart } from '../../../datasets/parts.ts';
import type { Program, TensorSpec } from '../../../engine/engine.ts';
import { encodeImages } from '../../../models/autoencoder/first-stage.ts';
import { normal } from '../../../rng/noise.ts';
import { runBatches } from '../../rows/batches.ts';
import {
  factsOf,
  latentSize,
  mergeMoments,
  rowSize,
  shardHead,
  standardDeviation,
  writeIndex,
  type LatentsForm,
  type LatentsFileFacts,
} from '../../rows/latents-index.ts';
import { loadScaleFactor } from '../../networks/load-network.ts';
import { readModel } from '../../networks/model-files.ts';
import { mirror, toModelRange } from '../../rows/pixels.ts';
import { computeRows, type Piece, type RowSource, type RowWork } from '../../rows/rows.ts';
import { given, stageOf, type ShardContext, type Stage } from '../../stage.ts';
import { keepsMoments, latents, type LatentsParams, type LatentsSummary } from './describe.ts';

const batchSize = 16;

type Context = ShardContext<typeof latents>;

/** The stage with shards of `shardSize` samples, a multiple of 16. */
export function latentsStageOf(shardSize: number): Stage<typeof latents> {
  return stageOf(latents, {
    async run(context) {
      const { params, outputDir } = context;
      const { count, parts, pieces } = await withPack(context, async (pack) => ({
        count: pack.count,
        parts: pack.parts,
        ...(await computeRows(context, encoding(context, pack, shardSize))),
      }));
      const shards: LatentsFileFacts[] = [];
      for (const piece of pieces) {
        shards.push(piece.facts as LatentsFileFacts);
        await publish(piece, outputDir);
      }
      const deviation = standardDeviation(mergeMoments(shards.map(({ moments }) => moments)));
      const scaleFactor = await scaleOf(params, deviation);
      await writeIndex(outputDir, {
        ...{
          version: 1,
          count,
          ...(parts && { parts }),
          ...(params.mirrored && { mirrored: true as const }),
        },
        ...{ ...formOf(params), scaleFactor, shards },
      });
      const summary: LatentsSummary = {
        count,
        latentShape: [...params.latentShape],
        scaleFactor,
        std: deviation * scaleFactor,
      };
      return { summary };
    },
    runShard: (context, shard) =>
      withPack(context, async (pack) => {
        await computeRows(context, encoding(context, pack, shardSize), shard);
      }),
  });
}

export const latentsStage = latentsStageOf(4096);

async function withPack<T>(context: Context, use: (pack: ImagePack) => Promise<T>): Promise<T> {
  const pack = await openPack(context.inputs.dataset.dir);
  try {
    return await use(pack);
  } finally {
    await pack.close();
  }
}

function formOf(params: LatentsParams): LatentsForm {
  return { shape: [...params.latentShape], random: keepsMoments(params) };
}

function encoding(context: Context, pack: ImagePack, shardSize: number): RowWork {
  const form = formOf(context.params);
  const trainingEnd = rangeOfPart(pack.parts, 'train', pack.count).to;
  // Training images come first in the pack; their mirrored views stand behind all images.
  const mirrored = context.params.mirrored ? trainingEnd : 0;
  return {
    name: 'latents',
    extension: '.safetensors',
    count: pack.count + mirrored,
    batchSize,
    pieceSize: shardSize,
    rowBytes: rowSize(form) * Float32Array.BYTES_PER_ELEMENT,
    head: (rows) => shardHead(form, rows),
    open: () => openEncoder(context, pack),
    finish: ({ file, from, to }, written) =>
      factsOf(form, { file: path.basename(file), from, to }, written, trainingEnd),
  };
}

/** Gives a shard a second name in the artifact: an interruption before it is published loses nothing. */
async function publish({ file }: Piece, folder: string): Promise<void> {
  const target = path.join(folder, path.basename(file));
  await link(file, target).catch(() => copyFile(file, target)); // file systems without links
}

async function openEncoder(context: Context, pack: ImagePack): Promise<RowSource> {
  const { size } = pack;
  const spec = { shape: [batchSize, 3, size, size], dtype: 'float32' as const };
  const program = await compileEncoder(context, spec);
  return {
    compute: (range, write, emit) =>
      runBatches(
        { emit, signal: context.signal },
        {
          program,
          input: { name: 'images', spec },
          output: 'latents',
          from: range.from,
          count: range.to,
          unit: 'images',
          read: async (indices) => {
            const isMirrored = indices.map((index) => index >= pack.count);
            const shown = indices.map((index, at) => (isMirrored[at] ? index - pack.count : index));
            const images = toModelRange(await pack.readBatch(shown), size);
            mirror(images, size, isMirrored);
            return images;
          },
          write: context.params.sampled
            ? (rows, start) => write(draws(rows, start, latentSize(formOf(context.params))), start)
            : write,
        },
      ),
    dispose: () => program.dispose(),
  };
}

/** One draw of each posterior, of the samples from `start` on: [n, C, H, W] of means and deviations [n, 2C, H, W]. */
function draws(rows: Float32Array, start: number, size: number): Float32Array {
  const drawn = new Float32Array(rows.length / 2);
  for (let i = 0; i * size < drawn.length; i++) {
    const noise = normal(0, 'stored-latents', 0, start + i, size);
    for (let at = 0; at < size; at++)
      drawn[i * size + at] = rows[2 * i * size + at]! + rows[(2 * i + 1) * size + at]! * noise[at]!;
  }
  return drawn;
}

/** Images to rows of a shard, or to posteriors where draws of them are kept; the identity where latents are pixels. */
async function compileEncoder(
  context: Context,
  images: TensorSpec,
): Promise<Pick<Program, 'run' | 'dispose'>> {
  const { network } = context.params;
  if (network === undefined)
    return {
      run: (inputs) => Promise.resolve({ latents: inputs['images']! }),
      dispose: () => Promise.resolve(),
    };
  const engine = await context.engine();
  return engine.compile(
    ({ constants, inputs }) => {
      const { mean, std } = encodeImages(constants, network, inputs['images']!);
      return { outputs: { latents: std === undefined ? mean : tf.concat([mean, std], 1) } };
    },
    {
      constants: await readModel(given(context.inputs.autoencoder, 'autoencoder'), 'ema'),
      inputs: { images },
    },
  );
}

/** The scale as the experiment wants it; `deviation` is the standard deviation of the unscaled latents. */
async function scaleOf({ scaleFactor, checkpoint }: LatentsParams, deviation: number): Promise<number> {
  if (scaleFactor === 'auto') return 1 / deviation;
  if (scaleFactor !== 'checkpoint') return scaleFactor;
  return loadScaleFactor(checkpoint!.path);
}
