// WG-Down and WG-Up (paper, section 5.1, Eq. 8): a gate computed from the module's input weighs the channels of the
// wavelet bands before they are fused or inverted.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { conv2d } from '../../nn/conv.ts';
import { linear } from '../../nn/linear.ts';
import { convSpec, linearSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import type { WaveletActivation, WaveletFusion, WaveletGates } from '../unet/unet-config.ts';
import { waveletBands, wavelets, type WaveletName } from './wavelet.ts';

/** How a module of gating splits features, weighs the bands, and what it makes of them. */
export interface WaveletMethod {
  readonly wavelet: WaveletName;
  readonly fusion: WaveletFusion;
  /** Learned ones if left out. */
  readonly gates?: WaveletGates;
  /** SiLU if left out. */
  readonly activation?: WaveletActivation;
}

/** Channels of all bands over those of the features. */
const bandCount = waveletBands.length;

/** Width of the gate's hidden layer by fusion (see WaveletFusion). */
const gateWidth: Readonly<Record<WaveletFusion, (channels: number) => number>> = {
  conv: () => 4,
  sum: (channels) => channels / 2,
  'sum-both': (channels) => channels / 2,
};

/** Value of every gate that is not learned: what a sigmoid gives of 0. */
const frozenGate = 0.5;

function gateSpec(
  name: string,
  channels: number,
  outC: number,
  { fusion, gates }: Pick<WaveletMethod, 'fusion' | 'gates'>,
): ParamSpec[] {
  if (gates === 'frozen') return [];
  const width = gateWidth[fusion](channels);
  return [
    ...linearSpec(`${name}.fre_att.fc.0`, channels, width, { bias: false }),
    ...linearSpec(`${name}.fre_att.fc.2`, width, outC, { bias: false }),
  ];
}

/** The gate of Eq. 8: x [B, C, H, W] -> weights in (0, 1), [B, out, 1, 1]. */
export function waveletGate(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const pooled = tf.mean(x, [2, 3]); // [B, C]
  const hidden = silu(linear(params, `${name}.fre_att.fc.0`, pooled));
  const weights = tf.sigmoid(linear(params, `${name}.fre_att.fc.2`, hidden));
  return tf.reshape(weights, [...weights.shape, 1, 1]);
}

/** Is shown the gate of each module, by the name of its parameters. */
export type GateObserver = (name: string, gate: tf.Tensor) => void;

/** Means over the channels of each band: gate [B, 4K, 1, 1] -> [B, 4], in the order of `waveletBands`. */
export function bandMeans(gate: tf.Tensor): tf.Tensor {
  const [batch, channels] = gate.shape as [number, number, number, number];
  return tf.mean(tf.reshape(gate, [batch, bandCount, channels / bandCount]), 2);
}

/** Bands [B, out, H, W] under the gate of the module's input x [B, C, ...], which `onGate` is shown. */
function gated(
  params: Params,
  name: string,
  { x, bands }: { readonly x: tf.Tensor; readonly bands: tf.Tensor },
  gates: WaveletGates | undefined,
  onGate: GateObserver | undefined,
): tf.Tensor {
  if (gates === 'frozen') {
    const [batch, channels] = bands.shape as [number, number, number, number];
    onGate?.(name, tf.fill([batch, channels, 1, 1], frozenGate));
    return tf.mul(bands, frozenGate);
  }
  const gate = waveletGate(params, name, x);
  onGate?.(name, gate);
  return tf.mul(gate, bands);
}

/** The 1x1 convolution that ends a module, and its activation. */
function fused(
  params: Params,
  name: string,
  x: tf.Tensor,
  activation: WaveletActivation = 'silu',
): tf.Tensor {
  const y = conv2d(params, `${name}.conv`, x);
  return activation === 'silu' ? silu(y) : y;
}

export function waveletDownSpec(name: string, channels: number, method: WaveletMethod): ParamSpec[] {
  const fuse = method.fusion === 'conv' ? convSpec(`${name}.conv`, bandCount * channels, channels, 1) : [];
  return [...fuse, ...gateSpec(name, channels, bandCount * channels, method)];
}

/** WG-Down: [B, C, H, W] -> [B, C, H/2, W/2]. */
export function waveletDown(
  params: Params,
  name: string,
  x: tf.Tensor,
  { wavelet, fusion, gates, activation }: WaveletMethod,
  onGate?: GateObserver,
): tf.Tensor {
  const bands = gated(params, name, { x, bands: wavelets[wavelet].dwt(x) }, gates, onGate); // [B, 4C, H/2, W/2]
  if (fusion === 'conv') return fused(params, name, bands, activation);
  return tf.addN(tf.split(bands, bandCount, 1));
}

/** Channels of WG-Up's output, of `channels` at its input. */
export function waveletUpChannels(channels: number, { fusion }: Pick<WaveletMethod, 'fusion'>): number {
  return fusion === 'sum-both' ? channels / bandCount : channels;
}

export function waveletUpSpec(name: string, channels: number, method: WaveletMethod): ParamSpec[] {
  const fuse =
    method.fusion === 'sum-both' ? [] : convSpec(`${name}.conv`, channels / bandCount, channels, 1);
  return [...fuse, ...gateSpec(name, channels, channels, method)];
}

/** WG-Up: [B, C, H, W] -> [B, waveletUpChannels, 2H, 2W]; the four quarters of the channels are the bands. */
export function waveletUp(
  params: Params,
  name: string,
  x: tf.Tensor,
  { wavelet, fusion, gates, activation }: Pick<WaveletMethod, 'wavelet'> & Partial<WaveletMethod>,
  onGate?: GateObserver,
): tf.Tensor {
  const inverse = wavelets[wavelet].idwt(gated(params, name, { x, bands: x }, gates, onGate)); // [B, C/4, 2H, 2W]
  return fusion === 'sum-both' ? inverse : fused(params, name, inverse, activation);
}
