// Images of one model. Noise belongs to the index of a sample, so images do not depend on the batch size or on
// where an interrupted run went on.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packFiles, openPack, type PackIndex } from '../../../datasets/pack.ts';
import type { Part } from '../../../datasets/parts.ts';
import { samplers } from '../../../diffusion/samplers.ts';
import { StageError } from '../../../errors.ts';
import { renderGrid } from '../../rows/grid.ts';
import { toPixels } from '../../rows/pixels.ts';
import { computeRows, joinPieces, wholeBatches, type RowWork } from '../../rows/rows.ts';
import { imageSize, openSampler } from '../../sampling/sampler.ts';
import { given, stageOf, type ShardContext, type Stage } from '../../stage.ts';
import { sample as description, type SampleSummary } from './describe.ts';
import {
  promptSeedOf,
  endsAtOne,
  samplerOf,
  stepsOf,
  type SampleParams,
} from '../../describing/sampling-settings.ts';

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
      const { title, takesEta } = samplers[samplerOf(sample)];
      const { evaluations } = stepsOf(params);
      const summary: SampleSummary = {
        count: sample.count,
        grid,
        ...(computed > 0 && { samplesPerSecond: computed / seconds }),
        sampler: {
          name: endsAtOne(sample) ? `${title} to x0` : title,
          steps: sample.steps,
          eta: takesEta ? sample.eta : null,
          ...(evaluations !== undefined && { evaluations }),
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

/** The part of the images whose captions are sampled for. */
function captionsOf({ captionsOf: part = 'held-out' }: SampleParams): Part {
  return part;
}

/** What the card tells of drawn captions. */
async function promptsOf({ params, inputs }: Context): Promise<Pick<SampleSummary['sampler'], 'prompts'>> {
  const seed = promptSeedOf(params);
  if (seed === undefined || params.told?.captions !== undefined) return {};
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
      const { params } = context;
      const sampler = await openSampler(context, captionsOf(params));
      return {
        async compute({ from, to }, write, emit) {
          for (let start = from; start < to; start += batchSize) {
            const length = Math.min(batchSize, to - start);
            const indices = Array.from(
              { length: batchSize },
              (_, slot) => start + Math.min(slot, length - 1),
            );
            const x0 = await sampler.denoise(indices, ({ index, count: steps }) => {
              const done = start + ((index + 1) / steps) * length;
              emit({ type: 'progress', done, total: count, unit: 'images' });
            });
            const images = await sampler.decode(x0);
            if (!images.every(Number.isFinite)) throw notFinite(params.model);
            const pixels = toPixels(images, size);
            await write(pixels.subarray(0, length * size * size * 3), start);
          }
        },
        dispose: () => sampler.dispose(),
      };
    },
  };
}

function notFinite(model: string): StageError {
  return new StageError(`sample ${model}`, 'the sampled images are not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
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
