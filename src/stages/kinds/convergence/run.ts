// Draws the same samples by several samplers in few steps and by one in many, as latents. A row of what is computed belongs
// to one sample: how far each of its latents is from those of many steps.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sizeOf } from '../../../engine/engine.ts';
import { StageError } from '../../../errors.ts';
import { meanSd } from '../../../metrics/statistics.ts';
import { computeRows, joinPieces, wholeBatches, type RowSource } from '../../rows/rows.ts';
import { openDenoiser } from '../../sampling/denoiser.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { samplerOf, stepsOf } from '../../describing/sampling-settings.ts';
import { comparedRuns, convergence as description, type ConvergenceSummary } from './describe.ts';

type Context = StageContext<typeof description>;

/** Samples of a piece: an interrupted stage goes on after the last whole batch. */
const pieceSize = 64;

export const convergenceStage = stageOf(description, {
  async run(context) {
    const { params } = context;
    const { sample } = params;
    const { count, batchSize } = sample;
    const runs = comparedRuns(params);
    const { pieces } = await computeRows(context, {
      name: 'errors',
      extension: '.f32',
      count,
      batchSize,
      pieceSize: wholeBatches(pieceSize, batchSize),
      rowBytes: runs.length * Float32Array.BYTES_PER_ELEMENT,
      open: () => openComparing(context),
    });
    const file = path.join(context.workDir, 'errors.f32');
    await joinPieces(pieces, file);
    const errors = new Float32Array(new Uint8Array(await readFile(file)).buffer);
    const { timeSteps, evaluations = timeSteps } = stepsOf(params);
    const summary: ConvergenceSummary = {
      count,
      weights: sample.useEma ? 'ema' : 'raw',
      reference: { sampler: samplerOf(sample), steps: sample.steps, evaluations },
      errors: runs.map((run, column) => {
        const values = Array.from({ length: count }, (_, row) => errors[row * runs.length + column]!);
        const { mean, sd } = meanSd(values)!;
        return { ...run, mean, sd: sd! }; // there are two samples at least
      }),
    };
    return { summary };
  },
});

async function openComparing(context: Context): Promise<RowSource<Float32Array>> {
  const { params } = context;
  const { count, batchSize } = params.sample;
  const denoiser = await openDenoiser(context, params.captionsOf ?? 'held-out');
  const size = sizeOf(params.latentShape);
  const runs = comparedRuns(params);
  return {
    async compute({ from, to }, write, emit) {
      for (let start = from; start < to; start += batchSize) {
        const length = Math.min(batchSize, to - start);
        const indices = Array.from({ length: batchSize }, (_, slot) => start + Math.min(slot, length - 1));
        let done = 0;
        const drawn = (): void => {
          const share = ++done / (runs.length + 1);
          emit({ type: 'progress', done: start + share * length, total: count, unit: 'images' });
        };
        const reference = await denoiser.denoise(indices, () => undefined);
        drawn();
        const rows = new Float32Array(length * runs.length);
        for (const [column, { sampler: name, steps }] of runs.entries()) {
          const x0 = await denoiser.denoise(indices, () => undefined, { sampler: name, steps, eta: 0 });
          for (let slot = 0; slot < length; slot++) {
            const of = (latents: Float32Array) => latents.subarray(slot * size, (slot + 1) * size);
            rows[slot * runs.length + column] = relativeDistance(of(x0), of(reference));
          }
          drawn();
        }
        if (!rows.every(Number.isFinite)) throw notFinite(params.model);
        await write(rows, start);
      }
    },
    dispose: () => denoiser.dispose(),
  };
}

/** |x - reference| / |reference|. */
function relativeDistance(x: Float32Array, reference: Float32Array): number {
  let [distance, length] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    distance += (x[i]! - reference[i]!) ** 2;
    length += reference[i]! ** 2;
  }
  return Math.sqrt(distance / length);
}

function notFinite(model: string): StageError {
  return new StageError(`convergence ${model}`, 'the sampled latents are not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
}
