// The first stage: latent-diffusion's autoencoder, loaded from a checkpoint or, the KL one, trained here on the images.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { autoencoderComponent, withPrefix } from '../../../weights/network-components.ts';
import { writeSafetensors } from '../../../weights/safetensors/safetensors.ts';
import { openPack, type ImagePack } from '../../../datasets/pack.ts';
import { sizeOf, type HostTensors } from '../../../engine/engine.ts';
import { InvariantError } from '../../../errors.ts';
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import { decodeLatents, encodeImages, firstStageSpec } from '../../../models/autoencoder/first-stage.ts';
import { firstStageLoss } from '../../../models/autoencoder/first-stage-loss.ts';
import { countParams } from '../../../models/init-params.ts';
import { renderGrid } from '../../rows/grid.ts';
import { batchNormal, uniform } from '../../../rng/noise.ts';
import { DataOrder } from '../../training/data-order.ts';
import { copyWeights } from '../../networks/load-network.ts';
import { modelFiles } from '../../networks/model-files.ts';
import { mirror, toModelRange, toPixels } from '../../rows/pixels.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { autoencoder, type AutoencoderSummary } from './describe.ts';
import { runTraining } from '../../training/training-loop.ts';

type Context = StageContext<typeof autoencoder>;

/** Images in the grid of reconstructions, and in its error. */
const shown = 16;

export const autoencoderStage = stageOf(autoencoder, {
  async run(context) {
    const { network, checkpoint } = context.params;
    const specs = firstStageSpec(network);
    const { dataset } = context.inputs;
    const pack = dataset && (await openPack(dataset.dir, 'train'));
    const unseen = dataset && (await openPack(dataset.dir, 'held-out'));
    try {
      const trained = checkpoint ? undefined : await train(context, required(pack));
      if (!checkpoint && !trained) return undefined;
      const weights =
        trained?.ema ??
        (await copyWeights(
          context.outputDir,
          [withPrefix(autoencoderComponent(network), checkpoint!)],
          checkpoint!,
        ));
      const summary: AutoencoderSummary = {
        source: trained ? 'trained' : 'loaded',
        params: countParams(specs),
        steps: trained ? required(context.params.train).steps : 0,
        ...(trained && { finalLoss: trained.finalLoss }),
        curve: trained?.curve ?? [],
        seconds: trained?.seconds ?? 0,
      };
      const shownHere = unseen && (await reconstruct(context, weights, unseen));
      return { summary: { ...summary, ...shownHere } };
    } finally {
      await pack?.close();
      await unseen?.close();
    }
  },
});

async function train(context: Context, pack: ImagePack): ReturnType<typeof runTraining> {
  const { params, seed, outputDir } = context;
  const { network } = params;
  const settings = required(params.train);
  const { batchSize, flip } = settings;
  const { size } = pack;
  const latent = [network.embedDim, ...latentSides(network, size)];
  const latentSize = sizeOf(latent);
  const order = new DataOrder(pack.count, seed);
  const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const });
  const specs = (samples: number) => ({
    images: float([samples, 3, size, size]),
    noise: float([samples, ...latent]),
  });
  const outcome = await runTraining(context, {
    what: 'autoencoder',
    specs: firstStageSpec(network),
    settings,
    inputs: specs,
    loss: (parameters, { inputs: { images, noise } }) => ({
      ...firstStageLoss(parameters, network, { images: images!, noise: noise! }, settings),
    }),
    batch: async (step, slots) => {
      const indices = order.batch(step, batchSize);
      const images = toModelRange(await pack.readBatch(slots.map((slot) => indices[slot]!)), size);
      if (flip) {
        const flips = uniform(seed, 'flip', step, 0, batchSize);
        mirror(
          images,
          size,
          slots.map((slot) => flips[slot]! < 0.5),
        );
      }
      const { images: imagesSpec, noise } = specs(slots.length);
      return {
        images: { ...imagesSpec, data: images },
        noise: { ...noise, data: batchNormal(seed, 'posterior', step, slots, latentSize) },
      };
    },
  });
  if (outcome === undefined) return undefined; // rank 0 writes
  await writeSafetensors(path.join(outputDir, modelFiles.weights), outcome.params);
  await writeSafetensors(path.join(outputDir, modelFiles.ema), outcome.ema);
  return outcome;
}

/** Writes a grid of originals, each row above its reconstructions, and measures the mean absolute error. */
async function reconstruct(
  context: Context,
  weights: HostTensors,
  pack: ImagePack,
): Promise<Pick<AutoencoderSummary, 'reconstructionError' | 'grid'>> {
  const { network } = context.params;
  const { size } = pack;
  const count = Math.min(shown, pack.count);
  const indices = Array.from({ length: count }, (_, i) => Math.floor((i * pack.count) / count));
  const originals = await pack.readBatch(indices);
  const images = {
    shape: [count, 3, size, size],
    dtype: 'float32' as const,
    data: toModelRange(originals, size),
  };
  const program = await (
    await context.engine()
  ).compile(
    ({ constants, inputs }) => {
      const { mean } = encodeImages(constants, network, inputs['images']!);
      return { outputs: { decoded: decodeLatents(constants, network, mean) } };
    },
    { constants: weights, inputs: { images } },
  );
  const { decoded } = await program.run({ images });
  await program.dispose();
  const data = decoded!.data as Float32Array;
  const error = data.reduce((sum, value, i) => sum + Math.abs(value - images.data[i]!), 0) / data.length;
  const grid = 'reconstructions.png';
  await writeFile(
    path.join(context.outputDir, grid),
    await renderGrid(interleaveRows(originals, toPixels(data, size), size), { size, columns: gridColumns }),
  );
  return { reconstructionError: error, grid };
}

const gridColumns = 8;

/** Rows of `gridColumns` images of `a` and of `b` in turn. */
function interleaveRows(a: Uint8Array, b: Uint8Array, size: number): Uint8Array {
  const row = gridColumns * size * size * 3;
  const rows = [];
  for (let start = 0; start < a.length; start += row)
    rows.push(a.subarray(start, start + row), b.subarray(start, start + row));
  return new Uint8Array(Buffer.concat(rows));
}

/** Height and width of latents of square images. */
function latentSides(network: AutoencoderConfig, size: number): [number, number] {
  const side = size / 2 ** (network.channelMult.length - 1);
  return [side, side];
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new InvariantError('an autoencoder with neither checkpoint nor training');
  return value;
}
