// The UNet's changes of resolution by 2, one entry per method and direction.
import type * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../../nn/conv.ts';
import { convSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import { averagePool2x, upsampleNearest2x } from '../../nn/resample.ts';
import type { Resampler } from './unet-plan.ts';
import {
  waveletDown,
  waveletDownSpec,
  waveletUp,
  waveletUpSpec,
  type GateObserver,
} from '../wavelet/wavelet-gating.ts';

/** Parameters of a resampler over `channels` features. */
export function resampleSpec(name: string, channels: number, { direction, method }: Resampler): ParamSpec[] {
  if (method === 'plain') return [];
  if (method === 'conv')
    return convSpec(`${name}.${direction === 'down' ? 'op' : 'conv'}`, channels, channels, 3);
  return (direction === 'down' ? waveletDownSpec : waveletUpSpec)(name, channels, method);
}

/** [B, C, H, W] -> [B, C, H/2, W/2] or [B, C, 2H, 2W]. `onGate` is called where the method is wavelet gating. */
export function resample(
  params: Params,
  name: string,
  x: tf.Tensor,
  { direction, method }: Resampler,
  onGate?: GateObserver,
): tf.Tensor {
  if (direction === 'down') {
    if (method === 'plain') return averagePool2x(x);
    if (method === 'conv') return conv2d(params, `${name}.op`, x, { stride: 2, padding: 1 });
    return waveletDown(params, name, x, method, onGate);
  }
  if (method === 'plain') return upsampleNearest2x(x);
  if (method === 'conv') return conv2d(params, `${name}.conv`, upsampleNearest2x(x), { padding: 1 });
  return waveletUp(params, name, x, method, onGate);
}
