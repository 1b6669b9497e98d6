// latent-diffusion's AttentionBlock with its "legacy" order: heads are split first, then q, k, v within each head.
import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../../nn/attention.ts';
import { conv2d } from '../../nn/conv.ts';
import { groupNorm } from '../../nn/norm.ts';
import { convSpec, normSpec, param, type Params, type ParamSpec } from '../../nn/params.ts';

/** Conv1d of width 1: weight [out, in, 1]. */
function conv1dSpec(name: string, inC: number, outC: number, zero: boolean): ParamSpec[] {
  return convSpec(name, inC, outC, 1, { zero }).map((spec) => ({ ...spec, shape: spec.shape.slice(0, 3) }));
}

/** A Conv1d of width 1 over the pixels: x [B, C, H, W] -> [B, O, H, W]. */
function conv1d(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const weight = param(params, `${name}.weight`); // [O, C, 1]
  const square = {
    'conv.weight': tf.reshape(weight, [...weight.shape, 1]),
    'conv.bias': param(params, `${name}.bias`),
  };
  return conv2d(square, 'conv', x);
}

export interface AttentionLayer {
  readonly name: string;
  /** Groups of the group norm. */
  readonly groups: number;
  readonly heads: number;
}

export function attentionBlockSpec(name: string, channels: number): ParamSpec[] {
  return [
    ...normSpec(`${name}.norm`, channels),
    ...conv1dSpec(`${name}.qkv`, channels, 3 * channels, false),
    ...conv1dSpec(`${name}.proj_out`, channels, channels, true),
  ];
}

/** Residual self-attention over the pixels: [B, C, H, W] -> the same shape. */
export function attentionBlock(
  params: Params,
  { name, groups, heads }: AttentionLayer,
  x: tf.Tensor,
): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const [width, pixels] = [c / heads, h * w];
  const normed = groupNorm(params, `${name}.norm`, x, { groups, eps: 1e-5 });
  const qkv = tf.reshape(conv1d(params, `${name}.qkv`, normed), [b * heads, 3 * width, pixels]);
  const [q, k, v] = tf.split(qkv, 3, 1).map((part) => tf.transpose(part, [0, 2, 1])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ]; // [B*heads, pixels, width]
  const mixed = attention(q, k, v, { scale: 1 / Math.sqrt(width) });
  return tf.add(x, conv1d(params, `${name}.proj_out`, tf.reshape(mixed, [b, c, h, w])));
}
