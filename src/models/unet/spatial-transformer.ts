// latent-diffusion's SpatialTransformer: self-attention, attention to the context tokens and a GEGLU feed-forward
// over the pixels as tokens.
import * as tf from '@tensorflow/tfjs-core';
import { gelu } from '../../nn/activation.ts';
import { attention } from '../../nn/attention.ts';
import { conv2d } from '../../nn/conv.ts';
import { linear } from '../../nn/linear.ts';
import { groupNorm, layerNorm } from '../../nn/norm.ts';
import { convSpec, linearSpec, normSpec, type Params, type ParamSpec } from '../../nn/params.ts';

export interface SpatialTransformerLayer {
  readonly name: string;
  readonly channels: number;
  readonly groups: number;
  readonly heads: number;
  readonly depth: number;
  readonly contextDim: number | undefined;
}

/** Hidden channels of the feed-forward, as a multiple of its input. */
const feedForwardMult = 4;

export function spatialTransformerSpec({
  name,
  channels,
  depth,
  contextDim,
}: SpatialTransformerLayer): ParamSpec[] {
  return [
    ...normSpec(`${name}.norm`, channels),
    ...convSpec(`${name}.proj_in`, channels, channels, 1),
    ...Array.from({ length: depth }, (_, i) =>
      transformerBlockSpec(`${name}.transformer_blocks.${i}`, channels, contextDim ?? channels),
    ).flat(),
    ...convSpec(`${name}.proj_out`, channels, channels, 1, { zero: true }),
  ];
}

function transformerBlockSpec(name: string, channels: number, contextDim: number): ParamSpec[] {
  const hidden = feedForwardMult * channels;
  return [
    ...crossAttentionSpec(`${name}.attn1`, channels, channels),
    ...linearSpec(`${name}.ff.net.0.proj`, channels, 2 * hidden),
    ...linearSpec(`${name}.ff.net.2`, hidden, channels),
    ...crossAttentionSpec(`${name}.attn2`, channels, contextDim),
    ...[1, 2, 3].flatMap((i) => normSpec(`${name}.norm${i}`, channels)),
  ];
}

function crossAttentionSpec(name: string, channels: number, contextDim: number): ParamSpec[] {
  return [
    ...linearSpec(`${name}.to_q`, channels, channels, { bias: false }),
    ...linearSpec(`${name}.to_k`, contextDim, channels, { bias: false }),
    ...linearSpec(`${name}.to_v`, contextDim, channels, { bias: false }),
    ...linearSpec(`${name}.to_out.0`, channels, channels),
  ];
}

/** x [B, C, H, W], context [B, S, contextDim] (undefined: the tokens themselves) -> [B, C, H, W]. */
export function spatialTransformer(
  params: Params,
  { name, groups, heads, depth }: SpatialTransformerLayer,
  x: tf.Tensor,
  context: tf.Tensor | undefined,
): tf.Tensor {
  const [b, c, h, w] = x.shape as [number, number, number, number];
  const normed = groupNorm(params, `${name}.norm`, x, { groups, eps: 1e-6 });
  const projected = conv2d(params, `${name}.proj_in`, normed);
  let tokens = tf.transpose(tf.reshape(projected, [b, c, h * w]), [0, 2, 1]); // [B, pixels, C]
  for (let i = 0; i < depth; i++) {
    const block = `${name}.transformer_blocks.${i}`;
    const own = layerNorm(params, `${block}.norm1`, tokens);
    tokens = tf.add(crossAttention(params, `${block}.attn1`, own, own, heads), tokens);
    const query = layerNorm(params, `${block}.norm2`, tokens);
    tokens = tf.add(crossAttention(params, `${block}.attn2`, query, context ?? query, heads), tokens);
    tokens = tf.add(feedForward(params, `${block}.ff`, layerNorm(params, `${block}.norm3`, tokens)), tokens);
  }
  const image = tf.reshape(tf.transpose(tokens, [0, 2, 1]), [b, c, h, w]);
  return tf.add(conv2d(params, `${name}.proj_out`, image), x);
}

/** Multi-head attention of x [B, T, C] to context [B, S, D] -> [B, T, C]. */
function crossAttention(
  params: Params,
  name: string,
  x: tf.Tensor,
  context: tf.Tensor,
  heads: number,
): tf.Tensor {
  const [b, t, c] = x.shape as [number, number, number];
  const width = c / heads;
  // [B, N, C] -> [B*heads, N, width]
  const split = (v: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.transpose(tf.reshape(v, [b, -1, heads, width]), [0, 2, 1, 3]), [b * heads, -1, width]);
  const mixed = attention(
    split(linear(params, `${name}.to_q`, x)),
    split(linear(params, `${name}.to_k`, context)),
    split(linear(params, `${name}.to_v`, context)),
    { scale: 1 / Math.sqrt(width) },
  );
  const merged = tf.reshape(tf.transpose(tf.reshape(mixed, [b, heads, width, t]), [0, 3, 1, 2]), [b, t, c]);
  return linear(params, `${name}.to_out.0`, merged);
}

/** GEGLU feed-forward: x [B, T, C] -> [B, T, C]. */
function feedForward(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const [value, gate] = tf.split(linear(params, `${name}.net.0.proj`, x), 2, -1) as [tf.Tensor, tf.Tensor];
  return linear(params, `${name}.net.2`, tf.mul(value, gelu(gate)));
}
