// The two blocks of latent-diffusion's autoencoders: a residual block without timestep and single-head attention
// over the pixels.
import * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { attention } from '../../nn/attention.ts';
import { conv2d } from '../../nn/conv.ts';
import { groupNorm } from '../../nn/norm.ts';
import { convSpec, normSpec, type Params, type ParamSpec } from '../../nn/params.ts';

/** GroupNorm of the autoencoders. */
export const autoencoderNorm = { groups: 32, eps: 1e-6 };

export function resnetSpec(name: string, inC: number, outC: number): ParamSpec[] {
  return [
    ...normSpec(`${name}.norm1`, inC),
    ...convSpec(`${name}.conv1`, inC, outC, 3),
    ...normSpec(`${name}.norm2`, outC),
    ...convSpec(`${name}.conv2`, outC, outC, 3),
    ...(inC === outC ? [] : convSpec(`${name}.nin_shortcut`, inC, outC, 1)),
  ];
}

/** x [B, C, H, W] -> [B, C', H, W]; the shortcut is a 1x1 convolution where the channels change. */
export function resnet(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  let h = silu(groupNorm(params, `${name}.norm1`, x, autoencoderNorm));
  h = conv2d(params, `${name}.conv1`, h, { padding: 1 });
  h = silu(groupNorm(params, `${name}.norm2`, h, autoencoderNorm));
  h = conv2d(params, `${name}.conv2`, h, { padding: 1 });
  const shortcut = `${name}.nin_shortcut`;
  return tf.add(`${shortcut}.weight` in params ? conv2d(params, shortcut, x) : x, h);
}

export function pixelAttentionSpec(name: string, channels: number): ParamSpec[] {
  return [
    ...normSpec(`${name}.norm`, channels),
    ...['q', 'k', 'v', 'proj_out'].flatMap((part) => convSpec(`${name}.${part}`, channels, channels, 1)),
  ];
}

/** Residual self-attention over the pixels: [B, C, H, W] -> the same shape. */
export function pixelAttention(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const normed = groupNorm(params, `${name}.norm`, x, autoencoderNorm);
  const [q, k, v] = ['q', 'k', 'v'].map((part) =>
    tf.transpose(tf.reshape(conv2d(params, `${name}.${part}`, normed), [b, c, h * w]), [0, 2, 1]),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor]; // [B, pixels, C]
  const mixed = attention(q, k, v, { scale: 1 / Math.sqrt(c) });
  return tf.add(x, conv2d(params, `${name}.proj_out`, tf.reshape(mixed, [b, c, h, w])));
}
