// Encodes every image once, and fixes the scale of the latents.
import { openPack } from '../datasets/pack.ts';
import { encodeMoments } from '../models/autoencoder-kl.ts';
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
    const { latentShape, scaleFactor } = context.params;
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
      const scale = scaleFactor === 'auto' ? (context.params.network ? 1 / deviation : 1) : scaleFactor;
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
    ({ constants, inputs }) => ({
      outputs: { moments: encodeMoments(constants, network, inputs['images']!) },
    }),
    { constants: weights, inputs: { images: spec } },
  );
  const mean = new Float32Array(count * latentSize);
  const std = new Float32Array(count * latentSize);
  try {
    await runBatches(context, {
      program,
      input: { name: 'images', spec },
      output: 'moments',
      count,
      unit: 'images',
      read: images,
      write: (moments, start, length) => {
        for (let i = 0; i < length; i++) {
          const [from, to] = [i * 2 * latentSize, (start + i) * latentSize];
          mean.set(moments.subarray(from, from + latentSize), to);
          for (let j = 0; j < latentSize; j++) {
            const logVariance = Math.min(20, Math.max(-30, moments[from + latentSize + j]!));
            std[to + j] = Math.exp(logVariance / 2);
          }
        }
      },
    });
  } finally {
    await program.dispose();
  }
  return { mean, std };
}

/** In float64, over all elements. */
function standardDeviation(data: Float32Array): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}
