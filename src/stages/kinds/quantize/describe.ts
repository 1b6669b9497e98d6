// Ranges in which a model's convolutions compute on integers, measured while it samples, and which of them stay float32.
import type { Int8Layers } from '../../../engine/graph/int8-layers.ts';
import { sizeOf } from '../../../engine/engine.ts';
import { unetSpec } from '../../../models/unet/unet.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import { weightBytes } from '../../describing/estimate.ts';
import { samplingCost, samplingIdentity, stepsOf, type SampleParams } from '../../sampling/settings.ts';
import { dataset } from '../dataset/describe.ts';
import { distill } from '../distill/describe.ts';
import { teacher } from '../teacher/describe.ts';

/** `sample` says how the model is sampled; its `count` is the number of images on whose way ranges are measured. */
export interface QuantizeParams extends Omit<SampleParams, 'network' | 'told'> {
  /** Error of the predicted noise that may remain, as a share of the noise (root mean squares). */
  readonly maxError: number;
}

export interface QuantizeSummary {
  /** Layers on integers, by the names of their filters. */
  readonly layers: Int8Layers;
  /** Convolutions that stay float32 because the error would be larger, the worst first. */
  readonly float32: readonly string[];
  /** The error of the predicted noise that remains. */
  readonly error: number;
  /** Of the network's weights. */
  readonly bytes: { readonly float32: number; readonly int8: number };
  readonly weights: 'ema' | 'raw';
  readonly images: number;
}

/** Predictions on the way of the first images at which errors are measured. */
export const comparedPredictions = 10;

/** Images at once, of `count`: few, for all that layers take and give is held at a time. */
export function imagesAtOnce(count: number): number {
  return [4, 3, 2].find((size) => count % size === 0) ?? 1;
}

export const quantize = describeStage<QuantizeParams, QuantizeSummary>()({
  kind: 'quantize',
  version: 1,
  scope: 'model',
  seedStream: 'stage/quantize',
  inputs: { model: required(teacher, distill), dataset: optional(dataset) },
  identity(params, digests) {
    return { ...samplingIdentity(params, digests), maxError: params.maxError };
  },
  estimate(params, { costs }) {
    const { unet, sample } = params;
    const { guided, ...cost } = samplingCost(params, costs);
    const { timeSteps, evaluations = timeSteps } = stepsOf(params);
    const convolutions = unetSpec(unet).filter(({ shape }) => sizeOf(shape.slice(2)) > 1).length;
    // With each of them alone on integers, and with all that may be.
    const compared = (convolutions + 1) * comparedPredictions * imagesAtOnce(sample.count);
    return {
      network: cost.network,
      amount: { unit: 'images', count: sample.count, timeSteps, ...(guided && { guided }) },
      flop: sample.count * cost.flop(evaluations) + cost.flop(compared),
      diskBytes: 0,
      scratchBytes: 0,
      memoryBytes: weightBytes(cost.params),
    };
  },
  summary: ['layers', 'float32', 'error', 'bytes', 'weights', 'images'],
  result({ layers, float32, error, bytes }) {
    const count = Object.keys(layers).length;
    return { int8: { layers: count, convolutions: count + float32.length, error, bytes } };
  },
});
