// Ranges in which a model's convolutions compute on integers, measured while it samples, and which of them stay float32.
import type { Int8Layers } from '../../../engine/layer-treatment.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import { weightBytes } from '../../describing/estimate.ts';
import {
  samplingCost,
  samplingIdentity,
  stepsOf,
  type SampleParams,
} from '../../describing/sampling-settings.ts';
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
    const { sample } = params;
    const { guided, ...cost } = samplingCost(params, costs);
    const { timeSteps, evaluations = timeSteps } = stepsOf(params);
    return {
      network: cost.network,
      amount: { unit: 'images', count: sample.count, timeSteps, ...(guided && { guided }) },
      // Layers are compared at few predictions each: together about as often as all are looked at.
      flop: 2 * sample.count * cost.flop(evaluations),
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
