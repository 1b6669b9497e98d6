// WG-Down and WG-Up (paper, section 5.1, Eq. 8): a gate computed from the module's input weighs the channels of the
// wavelet bands before they are fused or inverted.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { conv2d } from '../../nn/conv.ts';
import { linear } from '../../nn/linear.ts';
import { convSpec, linearSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import type { WaveletFusion } from '../unet/unet-config.ts';
import { waveletBands, wavelets, type WaveletName } from './wavelet.ts';

/** How a module of gating splits features, and what WG-Down makes of the bands. */
export interface WaveletMethod {
  readonly wavelet: WaveletName;
  readonly fusion: WaveletFusion;
}

/** Channels of all bands over those of the features. */
const bandCount = waveletBands.length;

/** Width of the gate's hidden layer by fusion (see WaveletFusion). */
const gateWidth: Readonly<Record<WaveletFusion, (channels: number) => number>> = {
  conv: () => 4,
  sum: (channels) => channels / 2,
};

function gateSpec(name: string, channels: number, outC: number, fusion: WaveletFusion): ParamSpec[] {
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

export function waveletDownSpec(name: string, channels: number, { fusion }: WaveletMethod): ParamSpec[] {
  const fuse = fusion === 'conv' ? convSpec(`${name}.conv`, bandCount * channels, channels, 1) : [];
  return [...fuse, ...gateSpec(name, channels, bandCount * channels, fusion)];
}

/** WG-Down: [B, C, H, W] -> [B, C, H/2, W/2]. */
export function waveletDown(
  params: Params,
  name: string,
  x: tf.Tensor,
  { wavelet, fusion }: WaveletMethod,
  onGate?: GateObserver,
): tf.Tensor {
  const gate = waveletGate(params, name, x);
  onGate?.(name, gate);
  const gated = tf.mul(gate, wavelets[wavelet].dwt(x)); // [B, 4C, H/2, W/2]
  if (fusion === 'conv') return silu(conv2d(params, `${name}.conv`, gated));
  return tf.addN(tf.split(gated, bandCount, 1));
}

export function waveletUpSpec(name: string, channels: number, { fusion }: WaveletMethod): ParamSpec[] {
  return [
    ...convSpec(`${name}.conv`, channels / bandCount, channels, 1),
    ...gateSpec(name, channels, channels, fusion),
  ];
}

/** WG-Up: [B, C, H, W] -> [B, C, 2H, 2W]; the four quarters of the channels are the bands. */
export function waveletUp(
  params: Params,
  name: string,
  x: tf.Tensor,
  { wavelet }: Pick<WaveletMethod, 'wavelet'>,
  onGate?: GateObserver,
): tf.Tensor {
  const gate = waveletGate(params, name, x);
  onGate?.(name, gate);
  const gated = tf.mul(gate, x);
  return silu(conv2d(params, `${name}.conv`, wavelets[wavelet].idwt(gated))); // [B, C/4, 2H, 2W] -> [B, C, 2H, 2W]
}
