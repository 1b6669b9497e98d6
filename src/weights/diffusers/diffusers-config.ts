// config.json of diffusers and transformers: what stands in it for a network of ours, and whether one that is read
// describes the same network. Weights alone do not tell: heads, norms and activations leave no trace in shapes.
import { UserError } from '../../errors.ts';
import type { AutoencoderConfig } from '../../models/autoencoder/autoencoder-config.ts';
import type { ClipTextConfig } from '../../models/clip/clip-text-config.ts';
import {
  attentionHeads,
  ldmNormGroups,
  normGroupsOf,
  type UNetConfig,
} from '../../models/unet/unet-config.ts';
import type { DiffusersNetwork } from './names.ts';

export type JsonConfig = Readonly<Record<string, unknown>>;

/** The classes that hold a network, by kind; which of the two it is, `diffusersConfig` says. */
export const diffusersClasses: Readonly<Record<DiffusersNetwork['kind'], readonly string[]>> = {
  unet: ['UNet2DModel', 'UNet2DConditionModel'],
  autoencoder: ['AutoencoderKL', 'VQModel'],
  text: ['CLIPTextModel', 'CLIPModel'],
};

/** Weights' customary file name beside the config. */
export const diffusersWeightsName: Readonly<Record<DiffusersNetwork['kind'], string>> = {
  unet: 'diffusion_pytorch_model.safetensors',
  autoencoder: 'diffusion_pytorch_model.safetensors',
  text: 'model.safetensors',
};

/** The content of config.json. Throws UserError('usage') for networks that diffusers cannot describe. */
export function diffusersConfig(network: DiffusersNetwork, scaleFactor?: number): JsonConfig {
  switch (network.kind) {
    case 'unet':
      return unetConfig(network.config);
    case 'autoencoder':
      return autoencoderConfig(network.config, scaleFactor);
    case 'text':
      return textConfig(network.config);
  }
}

/** Version of diffusers whose form of config.json this is. */
export const diffusersVersion = '0.30.0';
const version = { _diffusers_version: diffusersVersion };

function unetConfig(config: UNetConfig): JsonConfig {
  if (config.waveletGating) throw inexpressible('has no block with wavelet gating');
  if (config.middle === 'none') throw inexpressible('has a middle block in every version that we read');
  const { channelMult, modelChannels, attentionResolutions, spatialTransformer, resblockUpdown } = config;
  const widths = channelMult.map((mult) => mult * modelChannels);
  const attends = widths.map((_, level) => attentionResolutions.includes(2 ** level));
  const cross = spatialTransformer !== undefined;
  if (cross && resblockUpdown)
    throw inexpressible('has no block with both context and resampling residual blocks');
  if (cross && spatialTransformer.contextDim === undefined)
    throw inexpressible('has no spatial transformer without context');
  const blockType = (attention: boolean, direction: 'Down' | 'Up'): string => {
    if (attention) return `${cross ? 'CrossAttn' : 'Attn'}${direction}Block2D`;
    return resblockUpdown ? `Resnet${direction}sampleBlock2D` : `${direction}Block2D`;
  };
  const common = {
    ...version,
    sample_size: config.imageSize,
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    center_input_sample: false,
    flip_sin_to_cos: true,
    freq_shift: 0,
    time_embedding_type: 'positional',
    block_out_channels: widths,
    layers_per_block: config.numResBlocks,
    down_block_types: attends.map((attention) => blockType(attention, 'Down')),
    up_block_types: attends.map((attention) => blockType(attention, 'Up')).reverse(),
    downsample_padding: 1,
    mid_block_scale_factor: 1,
    act_fn: 'silu',
    norm_num_groups: normGroupsOf(config),
    norm_eps: 1e-5,
    resnet_time_scale_shift: config.useScaleShiftNorm ? 'scale_shift' : 'default',
    class_embed_type: null,
    num_class_embeds: null,
  };
  if (cross)
    return {
      _class_name: 'UNet2DConditionModel',
      ...common,
      mid_block_type: 'UNetMidBlock2DCrossAttn',
      // The number of heads, by a name that diffusers keep for old files.
      attention_head_dim: widths.map((width) => attentionHeads(config, width)),
      cross_attention_dim: spatialTransformer.contextDim,
      transformer_layers_per_block: spatialTransformer.depth,
      only_cross_attention: false,
      dual_cross_attention: false,
      use_linear_projection: false,
      addition_embed_type: null,
    };
  return {
    _class_name: 'UNet2DModel',
    ...common,
    mid_block_type: 'UNetMidBlock2D',
    add_attention: true,
    downsample_type: resblockUpdown ? 'resnet' : 'conv',
    upsample_type: resblockUpdown ? 'resnet' : 'conv',
    attention_head_dim: headWidth(config),
    attn_norm_num_groups: config.useScaleShiftNorm ? normGroupsOf(config) : null, // null would leave out the middle's norm
  };
}

/** UNet2DModel has one width of heads for all levels; null is one head as wide as its level. */
function headWidth(config: UNetConfig): number | null {
  const channels = attendedWidths(config);
  const widths = new Set(channels.map((width) => width / attentionHeads(config, width)));
  if (widths.size === 1) return [...widths][0]!;
  if (channels.every((width) => attentionHeads(config, width) === 1)) return null;
  throw inexpressible(
    `has heads of one width for all levels (attention_head_dim), here they have ${[...widths].join(' and ')} channels`,
  );
}

/** Channels of the levels with attention, and of the middle. */
function attendedWidths({ channelMult, modelChannels, attentionResolutions }: UNetConfig): number[] {
  const attended = channelMult.filter((_, level) => attentionResolutions.includes(2 ** level));
  return [...attended, channelMult.at(-1)!].map((mult) => mult * modelChannels);
}

function autoencoderConfig(config: AutoencoderConfig, scaleFactor = 1): JsonConfig {
  const { channelMult, channels, attnResolutions, resolution, zChannels, embedDim, codes } = config;
  if (codes === undefined && zChannels !== embedDim)
    throw inexpressible(`has as many latent channels as the encoder gives, here ${embedDim} of ${zChannels}`);
  const attends = channelMult.map((_, level) => attnResolutions.includes(resolution / 2 ** level));
  const blocks = attends.map((attention) => (attention ? 'AttnDownEncoderBlock2D' : 'DownEncoderBlock2D'));
  const upBlocks = attends.map((attention) => (attention ? 'AttnUpDecoderBlock2D' : 'UpDecoderBlock2D'));
  return {
    _class_name: codes === undefined ? 'AutoencoderKL' : 'VQModel',
    ...version,
    in_channels: config.inChannels,
    out_channels: config.outChannels,
    block_out_channels: channelMult.map((mult) => mult * channels),
    layers_per_block: config.numResBlocks,
    down_block_types: blocks,
    up_block_types: upBlocks.reverse(),
    latent_channels: zChannels,
    act_fn: 'silu',
    norm_num_groups: ldmNormGroups,
    sample_size: resolution,
    scaling_factor: scaleFactor,
    ...(codes === undefined
      ? {}
      : {
          num_vq_embeddings: codes,
          vq_embed_dim: embedDim,
          norm_type: 'group',
          lookup_from_codebook: false,
        }),
  };
}

function textConfig(config: ClipTextConfig): JsonConfig {
  return {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    vocab_size: config.vocabSize,
    max_position_embeddings: config.positions,
    hidden_size: config.width,
    projection_dim: config.width,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    intermediate_size: config.hiddenWidth,
    hidden_act: config.activation,
    layer_norm_eps: 1e-5,
    bos_token_id: config.vocabSize - 2,
    eos_token_id: config.vocabSize - 1,
    pad_token_id: config.vocabSize - 1,
  };
}

function inexpressible(what: string): UserError {
  return new UserError('usage', `this network cannot be a diffusers model: diffusers ${what}`, {
    hint: 'safetensors and ONNX hold every network: `--form safetensors`, `--form onnx`',
  });
}

/** Keys that say nothing about what the network computes, or that shapes tell. */
const free: ReadonlySet<string> = new Set([
  '_diffusers_version',
  'architectures',
  'model_type',
  'sample_size',
  'scaling_factor',
  'projection_dim',
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'use_linear_projection', // the same numbers as a 1x1 convolution
]);

/** Differences between the config.json of a folder and the network that is wanted, one line each. */
export function configDifferences(found: JsonConfig, network: DiffusersNetwork): string[] {
  const expected = diffusersConfig(network);
  return Object.entries(expected).flatMap(([key, wanted]) => {
    const value = found[key];
    if (free.has(key) || value === undefined) return []; // left out: the library's default, which is ours
    const [theirs, ours] = [value, wanted].map((given) => JSON.stringify(normalised(key, given, network)));
    return theirs === ours ? [] : [`${key} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`];
  });
}

type Normaliser = (value: unknown, network: DiffusersNetwork) => unknown;

/** A list with the same for each level is like the one value. */
const oneForAll: Normaliser = (value) =>
  Array.isArray(value) && value.every((item) => item === value[0]) ? (value as unknown[])[0] : value;

/** A level without resampling is the same block in both styles. */
const lastBlock =
  (resnet: string, plain: string): Normaliser =>
  (value) =>
    Array.isArray(value) ? value.with(-1, value.at(-1) === resnet ? plain : value.at(-1)) : value;

/** Different spellings of the same, by key. */
const normalisers: Readonly<Record<string, Normaliser>> = {
  act_fn: (value) => (value === 'swish' ? 'silu' : value),
  attention_head_dim: (value, network) =>
    network.kind === 'unet' && network.config.spatialTransformer === undefined
      ? headCounts(value, network.config)
      : oneForAll(value, network),
  attn_norm_num_groups: (value, network) =>
    // Left out, the middle's attention has as many groups as all norms, unless scale and shift are used.
    network.kind === 'unet' && !network.config.useScaleShiftNorm && value === null
      ? normGroupsOf(network.config)
      : value,
  cross_attention_dim: oneForAll,
  down_block_types: lastBlock('ResnetDownsampleBlock2D', 'DownBlock2D'),
  layers_per_block: oneForAll,
  only_cross_attention: oneForAll,
  transformer_layers_per_block: oneForAll,
  up_block_types: lastBlock('ResnetUpsampleBlock2D', 'UpBlock2D'),
  vq_embed_dim: (value, network) =>
    value === null && network.kind === 'autoencoder' ? network.config.zChannels : value,
};

function normalised(key: string, value: unknown, network: DiffusersNetwork): unknown {
  return normalisers[key]?.(value, network) ?? value;
}

/** Heads at each level with attention, from UNet2DModel's width of heads (null: one head). */
function headCounts(width: unknown, config: UNetConfig): unknown {
  return attendedWidths(config).map((channels) => (typeof width === 'number' ? channels / width : 1));
}
