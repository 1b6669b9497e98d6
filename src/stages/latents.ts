// Encodes every image once, and fixes the scale of the latents.
import * as tf from '@tensorflow/tfjs-core';
import { openPack } from '../datasets/pack.ts';
import { loadScaleFactor } from './load-network.ts';
import { encodeImages } from '../models/first-stage.ts';
import type { LatentsParams } from '../plan/stage-params.ts';
import { runBatches } from './batches.ts';
import { writeLatents } from './latents-file.ts';
import { readModel } from './model-files.ts';
import { toModelRange } from './pixels.ts';
import { inputOf, type Stage, type StageContext } from './stage.ts';
import type { LatentsSummary } from './summaries.ts';

const batchSize = 16;

/** Means, and standard deviations where there is an autoencoder, unscaled: each [N, C, H, W]. */
interface Encoded {
  readonly mean: Float32Array;
  readonly std?: Float32Array;
}

export const latentsStage: Stage<LatentsParams> = {
  kind: 'latents',
  version: 1,
  async run(context) {
    const { latentShape } = context.params;
    const pack = await openPack(inputOf(context, 'dataset').dir);
    try {
      const { count, size } = pack;
      const latentSize = latentShape.reduce((product, extent) => product * extent, 1);
      const images = async (indices: readonly number[]) => toModelRange(await pack.readBatch(indices), size);
      const encoded: Encoded =
        context.params.network === undefined
          ? { mean: await images(Array.from({ length: count }, (_, i) => i)) }
          : await encode(context, images, count, size, latentSize);
      const deviation = standardDeviation(encoded.mean);
      const scale = await scaleOf(context.params, deviation);
      const scaled = (data: Float32Array) => data.map((value) => value * scale);
      await writeLatents(context.outputDir, {
        count,
        shape: [...latentShape],
        mean: scaled(encoded.mean),
        ...(encoded.std && { std: scaled(encoded.std) }),
      });
      const summary: LatentsSummary = {
        count,
        latentShape: [...latentShape],
        scaleFactor: scale,
        std: deviation * scale,
      };
      return { summary: { ...summary } };
    } finally {
      await pack.close();
    }
  },
};

async function encode(
  context: StageContext<LatentsParams>,
  images: (indices: readonly number[]) => Promise<Float32Array>,
  count: number,
  size: number,
  latentSize: number,
): Promise<Encoded> {
  const network = context.params.network!;
  const weights = await readModel(inputOf(context, 'autoencoder'), 'ema');
  const spec = { shape: [batchSize, 3, size, size], dtype: 'float32' as const };
  const engine = await context.engine();
  const program = await engine.compile(
    ({ constants, inputs }) => {
      const { mean, std } = encodeImages(constants, network, inputs['images']!);
      return { outputs: { latents: std === undefined ? mean : tf.concat([mean, std], 1) } };
    },
    { constants: weights, inputs: { images: spec } },
  );
  const random = network.codes === undefined; // a KL autoencoder gives standard deviations after the means
  const mean = new Float32Array(count * latentSize);
  const std = new Float32Array(random ? count * latentSize : 0);
  try {
    await runBatches(context, {
      program,
      input: { name: 'images', spec },
      output: 'latents',
      count,
      unit: 'images',
      read: images,
      write: (rows, start, length) => {
        const row = random ? 2 * latentSize : latentSize;
        for (let i = 0; i < length; i++) {
          mean.set(rows.subarray(i * row, i * row + latentSize), (start + i) * latentSize);
          if (random) std.set(rows.subarray(i * row + latentSize, (i + 1) * row), (start + i) * latentSize);
        }
      },
    });
  } finally {
    await program.dispose();
  }
  return random ? { mean, std } : { mean };
}

/** The scale as the experiment wants it; `deviation` is the standard deviation of the unscaled latents. */
async function scaleOf({ scaleFactor, checkpoint }: LatentsParams, deviation: number): Promise<number> {
  if (scaleFactor === 'auto') return 1 / deviation;
  if (scaleFactor !== 'checkpoint') return scaleFactor;
  return loadScaleFactor(checkpoint!.path);
}

/** In float64, over all elements. */
function standardDeviation(data: Float32Array): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
