// latent-diffusion's first-stage encoder and decoder, shared by the KL and the VQ autoencoder: configuration,
// parameter specs and functions. Names are the public checkpoints' without 'first_stage_model.'.
import type * as tf from '@tensorflow/tfjs-core';
import { silu } from '../../nn/activation.ts';
import { conv2d } from '../../nn/conv.ts';
import { groupNorm } from '../../nn/norm.ts';
import { convSpec, normSpec, type Params, type ParamSpec } from '../../nn/params.ts';
import {
  autoencoderNorm,
  pixelAttention,
  pixelAttentionSpec,
  resnet,
  resnetSpec,
} from './autoencoder-blocks.ts';
import type { AutoencoderConfig } from './autoencoder-config.ts';
import { upsampleNearest2x } from '../../nn/resample.ts';

/** One resolution of the encoder or decoder: its blocks' channels, attention, and whether a resampling ends it. */
interface Level {
  readonly name: string;
  readonly blocks: readonly { readonly inC: number; readonly outC: number }[];
  readonly attention: boolean;
  readonly channels: number;
  readonly resamples: boolean;
}

/** Channels of level i. */
function width(config: AutoencoderConfig, level: number): number {
  return config.channels * (config.channelMult[level] ?? 1);
}

/** Levels in the order in which they run: from full resolution in the encoder, to it in the decoder. */
function levels(config: AutoencoderConfig, side: 'encoder' | 'decoder'): Level[] {
  const last = config.channelMult.length - 1;
  const order = config.channelMult.map((_, i) => (side === 'encoder' ? i : last - i));
  let channels = side === 'encoder' ? config.channels : width(config, last);
  return order.map((level) => {
    const length = config.numResBlocks + (side === 'encoder' ? 0 : 1);
    const blocks = Array.from({ length }, () => {
      const inC = channels;
      channels = width(config, level);
      return { inC, outC: channels };
    });
    return {
      name: `${side}.${side === 'encoder' ? 'down' : 'up'}.${level}`,
      blocks,
      channels,
      attention: config.attnResolutions.includes(config.resolution / 2 ** level),
      resamples: level !== (side === 'encoder' ? last : 0),
    };
  });
}

function levelSpec({ name, blocks, attention, channels, resamples }: Level, resampler: string): ParamSpec[] {
  return [
    ...blocks.flatMap(({ inC, outC }, i) => resnetSpec(`${name}.block.${i}`, inC, outC)),
    ...(attention ? blocks.flatMap((_, i) => pixelAttentionSpec(`${name}.attn.${i}`, channels)) : []),
    ...(resamples ? convSpec(`${name}.${resampler}.conv`, channels, channels, 3) : []),
  ];
}

function middleSpec(name: string, channels: number): ParamSpec[] {
  return [
    ...resnetSpec(`${name}.block_1`, channels, channels),
    ...pixelAttentionSpec(`${name}.attn_1`, channels),
    ...resnetSpec(`${name}.block_2`, channels, channels),
  ];
}

export function encoderSpec(config: AutoencoderConfig): ParamSpec[] {
  const deepest = width(config, config.channelMult.length - 1);
  return [
    ...convSpec('encoder.conv_in', config.inChannels, config.channels, 3),
    ...levels(config, 'encoder').flatMap((level) => levelSpec(level, 'downsample')),
    ...middleSpec('encoder.mid', deepest),
    ...normSpec('encoder.norm_out', deepest),
    ...convSpec('encoder.conv_out', deepest, (config.doubleZ ? 2 : 1) * config.zChannels, 3),
  ];
}

export function decoderSpec(config: AutoencoderConfig): ParamSpec[] {
  const deepest = width(config, config.channelMult.length - 1);
  return [
    ...convSpec('decoder.conv_in', config.zChannels, deepest, 3),
    ...middleSpec('decoder.mid', deepest),
    ...levels(config, 'decoder').flatMap((level) => levelSpec(level, 'upsample')),
    ...normSpec('decoder.norm_out', width(config, 0)),
    ...convSpec('decoder.conv_out', width(config, 0), config.outChannels, 3),
  ];
}

function runLevel(params: Params, { name, blocks, attention }: Level, x: tf.Tensor): tf.Tensor {
  let h = x;
  for (const i of blocks.keys()) {
    h = resnet(params, `${name}.block.${i}`, h);
    if (attention) h = pixelAttention(params, `${name}.attn.${i}`, h);
  }
  return h;
}

function middle(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const h = pixelAttention(params, `${name}.attn_1`, resnet(params, `${name}.block_1`, x));
  return resnet(params, `${name}.block_2`, h);
}

function ending(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const normed = silu(groupNorm(params, `${name}.norm_out`, x, autoencoderNorm));
  return conv2d(params, `${name}.conv_out`, normed, { padding: 1 });
}

/** images [B, inChannels, H, W] in [-1, 1] -> [B, zChannels or 2 zChannels, H/f, W/f], f = 2^(levels - 1). */
export function encoder(params: Params, config: AutoencoderConfig, images: tf.Tensor): tf.Tensor {
  let h = conv2d(params, 'encoder.conv_in', images, { padding: 1 });
  for (const level of levels(config, 'encoder')) {
    h = runLevel(params, level, h);
    if (level.resamples)
      h = conv2d(params, `${level.name}.downsample.conv`, h, { stride: 2, padding: [0, 1, 0, 1] });
  }
  return ending(params, 'encoder', middle(params, 'encoder.mid', h));
}

/** z [B, zChannels, h, w] -> images [B, outChannels, f h, f w], about [-1, 1]. */
export function decoder(params: Params, config: AutoencoderConfig, z: tf.Tensor): tf.Tensor {
  let h = middle(params, 'decoder.mid', conv2d(params, 'decoder.conv_in', z, { padding: 1 }));
  for (const level of levels(config, 'decoder')) {
    h = runLevel(params, level, h);
    if (level.resamples)
      h = conv2d(params, `${level.name}.upsample.conv`, upsampleNearest2x(h), { padding: 1 });
  }
  return ending(params, 'decoder', h);
}
