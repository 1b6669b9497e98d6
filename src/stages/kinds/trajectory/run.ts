// Watches a model sample. A row of what is computed belongs to one sample: its gates at every step, and at some steps the
// image that the predicted noise stands for, as pixels and as power by radius.
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { predictedX0 } from '../../../diffusion/sampling-run.ts';
import { ddimTimesteps, scaledLinearSchedule } from '../../../diffusion/schedule.ts';
import { StageError } from '../../../errors.ts';
import { SpectrumAccumulator } from '../../../metrics/spectra.ts';
import { meanSd } from '../../../metrics/statistics.ts';
import { gatedModules } from '../../../models/unet/unet.ts';
import { waveletBands } from '../../../models/wavelet/wavelet.ts';
import { gateCurves } from '../../networks/gate-curves.ts';
import { toPixels } from '../../rows/pixels.ts';
import { computeRows, joinPieces, wholeBatches, type RowSource } from '../../rows/rows.ts';
import { imageSize, openSampler, type Sampler } from '../../sampling/sampler.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { trajectory as description, type TrajectoryParams, type TrajectorySummary } from './describe.ts';

type Context = StageContext<typeof description>;

/** Samples of a piece: an interrupted stage goes on after the last whole batch. */
const pieceSize = 64;
const picturesFile = 'pictures.u8';
const bands = waveletBands.length;
const floatBytes = Float32Array.BYTES_PER_ELEMENT;

export const trajectoryStage = stageOf(description, {
  async run(context) {
    const { count, batchSize } = context.params.sample;
    const layout = layoutOf(context.params);
    const { pieces } = await computeRows(context, {
      name: 'watched',
      extension: '.rows',
      count,
      batchSize,
      pieceSize: wholeBatches(pieceSize, batchSize),
      rowBytes: layout.rowBytes,
      open: () => openWatching(context, layout),
    });
    const file = path.join(context.workDir, 'watched.rows');
    await joinPieces(pieces, file);
    return { summary: await summarize(context, layout, await readFile(file)) };
  },
});

/** What a row holds, and where. */
interface Layout {
  /** Falling. */
  readonly timesteps: readonly number[];
  readonly frames: readonly number[];
  readonly modules: ReturnType<typeof gatedModules>;
  readonly size: number;
  readonly rings: number;
  /** Float32: gates [steps, modules, bands], then power [frames + 1, rings]. */
  readonly gateLength: number;
  readonly floats: number;
  /** Uint8, after the floats: [frames + 1, size, size, 3]; filled up to whole floats. */
  readonly pictureBytes: number;
  readonly rowBytes: number;
}

function layoutOf(params: TrajectoryParams): Layout {
  const { diffusion, sample, unet } = params;
  const timesteps = ddimTimesteps(diffusion.timesteps, sample.steps).reverse();
  const frames = evenIndices(timesteps.length, params.frames);
  const modules = gatedModules(unet);
  const size = imageSize(params);
  const rings = Math.floor(size / 2) + 1;
  const gateLength = timesteps.length * modules.length * bands;
  const floats = gateLength + (frames.length + 1) * rings;
  const pictureBytes = (frames.length + 1) * size * size * 3;
  const rowBytes = floatBytes * (floats + Math.ceil(pictureBytes / floatBytes));
  return { timesteps, frames, modules, size, rings, gateLength, floats, pictureBytes, rowBytes };
}

/** `picked` of the indices below `count`, spread evenly with both ends among them; of one, the last. */
export function evenIndices(count: number, picked: number): number[] {
  if (picked >= count) return Array.from({ length: count }, (_, i) => i);
  if (picked === 1) return [count - 1];
  return Array.from({ length: picked }, (_, i) => Math.round((i * (count - 1)) / (picked - 1)));
}

async function openWatching(context: Context, layout: Layout): Promise<RowSource<Uint8Array>> {
  const { params } = context;
  const { count, batchSize } = params.sample;
  const sampler = await openSampler(context, params.captionsOf ?? 'held-out', {
    watched: layout.modules.map(({ name }) => name),
  });
  return {
    async compute({ from, to }, write, emit) {
      for (let start = from; start < to; start += batchSize) {
        const length = Math.min(batchSize, to - start);
        const indices = Array.from({ length: batchSize }, (_, slot) => start + Math.min(slot, length - 1));
        const rows = await watch(sampler, context.params, layout, indices, (share) => {
          emit({ type: 'progress', done: start + share * length, total: count, unit: 'images' });
        });
        await write(rows.subarray(0, length * layout.rowBytes), start);
      }
    },
    dispose: () => sampler.dispose(),
  };
}

/** The rows of a batch. */
async function watch(
  sampler: Sampler,
  { model, diffusion }: TrajectoryParams,
  layout: Layout,
  indices: readonly number[],
  onStep: (share: number) => void,
): Promise<Uint8Array> {
  const { frames, modules, size, rings, gateLength, floats, rowBytes } = layout;
  const { alphaBar } = scaledLinearSchedule(diffusion);
  const rows = new Uint8Array(indices.length * rowBytes);
  const area = 3 * size * size;
  const numbersOf = (slot: number): Float32Array => new Float32Array(rows.buffer, slot * rowBytes, floats);
  const look = async (latents: Float32Array, frame: number): Promise<void> => {
    const images = await sampler.decode(latents);
    if (!images.every(Number.isFinite)) throw notFinite(model);
    const pixels = toPixels(images, size);
    for (let slot = 0; slot < indices.length; slot++) {
      const spectrum = new SpectrumAccumulator(size);
      // As pixels from 0 to 255, neither clamped nor rounded.
      spectrum.add(images.subarray(slot * area, (slot + 1) * area).map((value) => (value + 1) * 127.5));
      numbersOf(slot).set(spectrum.finish().power, gateLength + frame * rings);
      rows.set(
        pixels.subarray(slot * area, (slot + 1) * area),
        slot * rowBytes + floats * floatBytes + frame * area,
      );
    }
  };
  const x0 = await sampler.denoise(indices, async ({ index, count, timestep, from, epsilon, gates }) => {
    for (const [at, { name }] of modules.entries())
      for (let slot = 0; slot < indices.length; slot++)
        numbersOf(slot).set(
          gates[name]!.subarray(slot * bands, (slot + 1) * bands),
          (index * modules.length + at) * bands,
        );
    const frame = frames.indexOf(index);
    if (frame >= 0) await look(predictedX0(from, epsilon, alphaBar[timestep]!), frame);
    onStep((index + 1) / count);
  });
  await look(x0, frames.length);
  return rows;
}

/** Means over the samples, and the pictures of the first of them. */
async function summarize(
  { params, outputDir }: Context,
  layout: Layout,
  bytes: Buffer,
): Promise<TrajectorySummary> {
  const { timesteps, frames, modules, size, rings, gateLength, floats, pictureBytes, rowBytes } = layout;
  const { count, useEma } = params.sample;
  const data = new Uint8Array(bytes).buffer;
  const rows = Array.from({ length: count }, (_, row) => new Float32Array(data, row * rowBytes, floats));
  const valuesAt = (position: number): number[] => rows.map((row) => row[position]!);
  const shown = Math.min(params.shown, count);
  const out = await open(path.join(outputDir, picturesFile), 'w');
  try {
    for (let row = 0; row < shown; row++)
      await out.writeFile(new Uint8Array(data, row * rowBytes + floats * floatBytes, pictureBytes));
  } finally {
    await out.close();
  }
  const gates = gateCurves(params.unet, params.latentShape[1], timesteps.length, (step, module, band) =>
    valuesAt((step * modules.length + module) * bands + band),
  );
  return {
    count,
    timesteps,
    frames,
    weights: useEma ? 'ema' : 'raw',
    gates,
    size,
    radial: Array.from({ length: frames.length + 1 }, (_, frame) =>
      Array.from({ length: rings }, (_, ring) => meanSd(valuesAt(gateLength + frame * rings + ring))!.mean),
    ),
    shown,
    pictures: picturesFile,
  };
}

function notFinite(model: string): StageError {
  return new StageError(`trajectory ${model}`, 'the predicted images are not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
}
