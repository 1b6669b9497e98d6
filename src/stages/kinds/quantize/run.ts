// Measures in which ranges a model's convolutions take and give numbers while it samples, and how far its predictions move
// when they compute on integers.
import type { HostTensors } from '../../../engine/engine.ts';
import { layerBehind, quantizedBytes } from '../../../engine/graph/int8-layers.ts';
import type { Int8Layers } from '../../../engine/layer-treatment.ts';
import { InterruptedError, StageError } from '../../../errors.ts';
import { float32Count, worstFirst } from '../../../quantization/float32-layers.ts';
import { RangeHistogram } from '../../../quantization/range-histogram.ts';
import { readModel } from '../../networks/model-files.ts';
import { openDenoiser, type Denoiser, type DenoiserOptions } from '../../sampling/denoiser.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import { quantize as description, type QuantizeSummary } from './describe.ts';

/** Predictions on the way of the first images at which errors are measured. */
const comparedPredictions = 10;

/** Images at once, of `count`: few, for all that layers take and give is held at a time. */
function imagesAtOnce(count: number): number {
  return [4, 3, 2].find((size) => count % size === 0) ?? 1;
}

type Context = StageContext<typeof description>;

/** What the float32 network predicts on its way. */
interface Prediction {
  readonly x: Float32Array;
  readonly timestep: number;
  readonly epsilon: Float32Array;
}

export const quantizeStage = stageOf(description, {
  async run(context) {
    const { params, inputs, emit } = context;
    const { maxError, sample } = params;
    const { ranges, predictions } = await observe(context);
    const names = Object.keys(ranges);
    const errors = new Map<string, number>();
    for (const name of names) {
      errors.set(name, await errorOf(context, only(ranges, [name]), predictions));
      emit({ type: 'progress', done: errors.size, total: names.length, unit: 'layers' });
    }
    const ordered = worstFirst(errors);
    let count = float32Count(errors, maxError);
    const measure = () => errorOf(context, only(ranges, ordered.slice(count)), predictions);
    let error = await measure();
    // Errors are not quite independent: what is measured decides. Of no layers it is 0.
    while (error > maxError) {
      count++;
      error = await measure();
    }
    const float32 = ordered.slice(0, count);
    const layers = only(
      ranges,
      names.filter((name) => !float32.includes(name)),
    );
    if (count === names.length)
      emit({
        type: 'warning',
        message: `no convolution of ${params.model} can compute on integers within maxError`,
      });
    const weights = await readModel(inputs.model, sample.useEma ? 'ema' : 'weights');
    const summary: QuantizeSummary = {
      ...{ layers, float32, error },
      bytes: quantizedBytes(weights, layers),
      weights: sample.useEma ? 'ema' : 'raw',
      images: sample.count,
    };
    return { summary };
  },
});

function only(layers: Int8Layers, names: readonly string[]): Int8Layers {
  return Object.fromEntries(names.map((name) => [name, layers[name]!]));
}

/** The ranges of all convolutions on the way of all images, and predictions on the way of the first. */
async function observe(
  context: Context,
): Promise<{ readonly ranges: Int8Layers; readonly predictions: readonly Prediction[] }> {
  const { model, sample } = context.params;
  const size = imagesAtOnce(sample.count);
  const seen = new Map<string, { readonly input: RangeHistogram; readonly output: RangeHistogram }>();
  const look = (outputs: HostTensors): void => {
    for (const [name, { data }] of Object.entries(outputs)) {
      const shown = layerBehind(name);
      if (shown === undefined) continue;
      const histograms = seen.get(shown.layer) ?? {
        input: new RangeHistogram(),
        output: new RangeHistogram(),
      };
      seen.set(shown.layer, histograms);
      histograms[shown.side].add(data as Float32Array);
    }
  };
  const predictions: Prediction[] = [];
  let start = 0;
  const options: DenoiserOptions = {
    layers: { kind: 'observed' },
    onPrediction({ x, timestep, epsilon, outputs }) {
      if (!epsilon.every(Number.isFinite)) throw notFinite(model);
      if (start === 0) predictions.push({ x: x.slice(), timestep, epsilon });
      look(outputs);
    },
  };
  await withDenoiser(context, options, async (denoiser) => {
    for (; start < sample.count; start += size)
      await denoiser.denoise(batchFrom(start, size), ({ index, count: steps }) => {
        const done = start + ((index + 1) / steps) * size;
        context.emit({ type: 'progress', done, total: sample.count, unit: 'images' });
      });
  });
  const ranges = [...seen].map(([name, { input, output }]) => [
    name,
    { input: input.best(), output: output.best() },
  ]);
  return {
    ranges: Object.fromEntries(ranges) as Int8Layers,
    predictions: spread(predictions, comparedPredictions),
  };
}

/** How far the predictions move with `layers` on integers, as a share of them (root mean squares). */
async function errorOf(
  context: Context,
  layers: Int8Layers,
  predictions: readonly Prediction[],
): Promise<number> {
  const indices = batchFrom(0, imagesAtOnce(context.params.sample.count));
  return withDenoiser(context, { layers: { kind: 'int8', layers } }, async (denoiser) => {
    let [moved, length] = [0, 0];
    for (const { x, timestep, epsilon } of predictions) {
      if (context.signal.aborted) throw new InterruptedError();
      const other = await denoiser.predictEpsilon(x, timestep, indices);
      for (const [i, value] of epsilon.entries()) {
        moved += (other[i]! - value) ** 2;
        length += value ** 2;
      }
    }
    return Math.sqrt(moved / length);
  });
}

async function withDenoiser<T>(
  context: Context,
  options: DenoiserOptions,
  work: (denoiser: Denoiser) => Promise<T>,
): Promise<T> {
  const { params } = context;
  const sample = { ...params.sample, batchSize: imagesAtOnce(params.sample.count) };
  const denoiser = await openDenoiser(
    { ...context, params: { ...params, sample } },
    params.captionsOf ?? 'held-out',
    options,
  );
  try {
    return await work(denoiser);
  } finally {
    await denoiser.dispose();
  }
}

function batchFrom(start: number, size: number): number[] {
  return Array.from({ length: size }, (_, slot) => start + slot);
}

/** `count` of the items at most, evenly spread, both ends among them. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}

function notFinite(model: string): StageError {
  return new StageError(`quantize ${model}`, 'the predicted noise is not finite', {
    hint: 'the model diverged in training, or the checkpoint is not of this network: look at its loss curve',
  });
}
