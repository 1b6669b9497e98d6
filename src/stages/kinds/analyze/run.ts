// What one model does at each noise level: the error of its noise prediction, split by frequency, and the gates of its
// wavelet modules (the paper's Fig. 9 and sections 4 and 6). Latents and noise belong to (timestep, image) alone: all
// models are shown the same, so that their losses compare in pairs, and no number depends on the batch size.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../../../weights/safetensors/safetensors.ts';
import { qSample } from '../../../diffusion/forward-process.ts';
import { epsilonOf } from '../../../diffusion/prediction.ts';
import { evenTimesteps, scaledLinearSchedule } from '../../../diffusion/schedule.ts';
import { sizeOf, type Program } from '../../../engine/engine.ts';
import { InterruptedError, StageError } from '../../../errors.ts';
import { bandCutoff, BandSplit } from '../../../metrics/spectra.ts';
import { gatedModules, unet } from '../../../models/unet/unet.ts';
import { bandMeans } from '../../../models/wavelet/wavelet-gating.ts';
import { waveletBands } from '../../../models/wavelet/wavelet.ts';
import { normal } from '../../../rng/noise.ts';
import { conditionSpecs, contextOfInputs } from '../../conditions/condition-inputs.ts';
import { conditionInputs, withConditions, type Conditions } from '../../conditions/conditions.ts';
import { drawLatents, withLatents, type Latents } from '../../rows/latents-file.ts';
import { gateCurves } from '../../networks/gate-curves.ts';
import { readModel } from '../../networks/model-files.ts';
import { noisedInputs, noisedSpecs } from '../../training/noised-batch.ts';
import { computeRows, joinPieces, wholeBatches, type RowSource } from '../../rows/rows.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { analyze as description, type AnalyzeSummary } from './describe.ts';

type Context = StageContext<typeof description>;

/** Rows of a piece: an interrupted analysis goes on after the last whole batch. */
const pieceSize = 512;
const lossesFile = 'losses.safetensors';
const bands = waveletBands.length;

export const analyzeStage = stageOf(description, {
  run: (context) =>
    withConditions(context, context.params.conditioning, context.params.analyze.part, (conditions) =>
      withLatents(context.inputs.latents, context.params.analyze.part, async (latents) => {
        const measured = await measure(context, latents, conditions);
        return { summary: await summarize(context, measured) };
      }),
    ),
});

/** Losses of a row: of the low and the high band, and those that x_t itself would have as a prediction. */
const lossColumns = ['low', 'high', 'copyLow', 'copyHigh'] as const;

/** One row for each timestep and image, image by image: the losses, then all gates. */
interface Measured {
  readonly timesteps: readonly number[];
  readonly count: number;
  readonly rowLength: number;
  readonly rows: Float32Array;
}

async function measure(
  context: Context,
  latents: Latents,
  conditions: Conditions | undefined,
): Promise<Measured> {
  const { analyze, diffusion, unet: config } = context.params;
  const { batchSize } = analyze;
  const timesteps = evenTimesteps(diffusion.timesteps, analyze.timesteps);
  const count = Math.min(analyze.count, latents.count);
  const rowLength = lossColumns.length + bands * gatedModules(config).length;
  const { pieces } = await computeRows(context, {
    name: 'measured',
    extension: '.f32',
    count: timesteps.length * count,
    batchSize,
    pieceSize: wholeBatches(pieceSize, batchSize),
    rowBytes: rowLength * Float32Array.BYTES_PER_ELEMENT,
    open: () => openMeasuring(context, { latents, conditions, timesteps, count, rowLength }),
  });
  const file = path.join(context.workDir, 'measured.f32');
  await joinPieces(pieces, file);
  const bytes = new Uint8Array(await readFile(file));
  return { timesteps, count, rowLength, rows: new Float32Array(bytes.buffer) };
}

interface Measuring extends Omit<Measured, 'rows'> {
  readonly latents: Latents;
  readonly conditions: Conditions | undefined;
}

async function openMeasuring(
  context: Context,
  { latents, conditions, timesteps, count, rowLength }: Measuring,
): Promise<RowSource<Float32Array>> {
  const { params, seed, signal } = context;
  const { batchSize } = params.analyze;
  const schedule = scaledLinearSchedule(params.diffusion);
  const size = sizeOf(latents.shape);
  const modules = gatedModules(params.unet);
  const split = new BandSplit(latents.shape[1]);
  const program = await compilePredictor(context, latents.shape, conditions);
  const total = timesteps.length * count;

  /** Rows of the batch that starts with row `start`; the last batch is filled up. */
  const batch = async (start: number, length: number): Promise<Float32Array> => {
    const rows = Array.from({ length: batchSize }, (_, slot) => start + Math.min(slot, length - 1));
    const times = rows.map((row) => timesteps[Math.floor(row / count)]!);
    const images = rows.map((row) => Math.floor(((row % count) * latents.count) / count));
    const epsilon = new Float32Array(batchSize * size);
    for (const [slot, image] of images.entries())
      epsilon.set(normal(seed, 'analyze', times[slot]!, image, size), slot * size);
    const x0 = await drawLatents(latents, images, seed, 0, images);
    const inputs = noisedInputs(schedule, latents.shape, times, { x0, epsilon });
    const [kept, noise] = [inputs.sqrtAlphaBar.data, inputs.sqrtOneMinusAlphaBar.data];
    const outputs = await program.run({
      ...inputs,
      ...(conditions &&
        (await conditionInputs(
          conditions,
          images.map((image) => conditions.ofImage(image)),
        ))),
    });
    const predicted = outputs['predicted']!.data;
    const data = new Float32Array(length * rowLength);
    for (let slot = 0; slot < length; slot++) {
      const error = (prediction: (at: number) => number): number[] => {
        const residual = Float64Array.from(
          { length: size },
          (_, i) => prediction(slot * size + i) - epsilon[slot * size + i]!,
        );
        const { low, high } = split.squares(residual);
        return [low, high];
      };
      const losses = [
        ...error((at) => predicted[at]!),
        ...error((at) => kept[slot]! * x0[at]! + noise[slot]! * epsilon[at]!),
      ];
      const gates = modules.flatMap(({ name }) => [
        ...outputs[name]!.data.subarray(slot * bands, (slot + 1) * bands),
      ]);
      data.set([...losses, ...gates], slot * rowLength);
    }
    return data;
  };

  return {
    async compute({ from, to }, write, emit) {
      for (let start = from; start < to; start += batchSize) {
        if (signal.aborted) throw new InterruptedError();
        const length = Math.min(batchSize, to - start);
        const rows = await batch(start, length);
        if (!rows.every(Number.isFinite)) throw notFinite(params.model);
        await write(rows, start);
        emit({ type: 'progress', done: start + length, total, unit: 'predictions' });
      }
    },
    dispose: () => program.dispose(),
  };
}

/** Predicts the noise, `predicted` like x0; and for each gated module, by its name, means over channels [B, 4]. */
async function compilePredictor(
  context: Context,
  shape: readonly number[],
  conditions: Conditions | undefined,
): Promise<Program> {
  const { unet: config, useEma, analyze, diffusion } = context.params;
  const { batchSize } = analyze;
  const engine = await context.engine();
  return engine.compile(
    ({ constants, inputs: { x0, epsilon, timesteps, sqrtAlphaBar, sqrtOneMinusAlphaBar, ...told } }) => {
      const xt = qSample(x0!, epsilon!, sqrtAlphaBar!, sqrtOneMinusAlphaBar!);
      const context = conditions && { context: contextOfInputs(conditions, constants, told) };
      const { output, gates } = unet(constants, config, xt, timesteps!, context);
      const levels = { xt, sqrtAlphaBar: sqrtAlphaBar!, sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar! };
      const means = Object.entries(gates).map(([name, gate]) => [name, bandMeans(gate)] as const);
      return {
        outputs: {
          predicted: epsilonOf(diffusion.prediction, output, levels),
          ...Object.fromEntries(means),
        },
      };
    },
    {
      constants: await readModel(context.inputs.model, useEma ? 'ema' : 'weights'),
      inputs: {
        ...noisedSpecs(batchSize, shape),
        ...(conditions && conditionSpecs(conditions, batchSize)),
      },
    },
  );
}

/** Writes the losses of all samples and sums up. */
async function summarize(
  { params, outputDir }: Context,
  { timesteps, count, rowLength, rows }: Measured,
): Promise<AnalyzeSummary> {
  const column = (at: number): Float32Array =>
    Float32Array.from({ length: timesteps.length * count }, (_, row) => rows[row * rowLength + at]!);
  const tensor = (at: number) => ({
    shape: [timesteps.length, count],
    dtype: 'float32' as const,
    data: column(at),
  });
  await writeSafetensors(
    path.join(outputDir, lossesFile),
    Object.fromEntries(lossColumns.map((name, at) => [name, tensor(at)])),
  );
  const gates = gateCurves(params.unet, params.latentShape[1], timesteps.length, (t, module, band) => [
    ...column(lossColumns.length + module * bands + band).subarray(t * count, (t + 1) * count),
  ]);
  return {
    count,
    timesteps,
    weights: params.useEma ? 'ema' : 'raw',
    cutoff: bandCutoff,
    losses: lossesFile,
    gates,
  };
}

function notFinite(model: string): StageError {
  return new StageError(`analyze ${model}`, 'the predicted noise is not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
}
