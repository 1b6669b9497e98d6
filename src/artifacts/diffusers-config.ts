// config.json of diffusers and transformers: what stands in it for a network of ours, and whether one that is read
// describes the same network. Weights alone do not tell: heads, norms and activations leave no trace in shapes.
import { UserError } from '../errors.ts';
import type { AutoencoderConfig } from '../models/autoencoder-config.ts';
import type { ClipTextConfig } from '../models/clip-text-config.ts';
import { attentionHeads, normGroups, type UNetConfig } from '../models/unet-config.ts';
import type { DiffusersNetwork } from './diffusers-names.ts';

export type JsonConfig = Readonly<Record<string, unknown>>;

/** The classes that hold a network, by kind; the first two are told apart by `diffusersConfig`. */
export const diffusersClasses: Readonly<Record<DiffusersNetwork['kind'], readonly string[]>> = {
  unet: ['UNet2DModel', 'UNet2DConditionModel'],
  autoencoder: ['AutoencoderKL', 'VQModel'],
  text: ['CLIPTextModel'],
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
const version = { _diffusers_version: '0.30.0' };

function unetConfig(config: UNetConfig): JsonConfig {
  if (config.waveletGating) throw inexpressible('has no block with wavelet gating');
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
    norm_num_groups: normGroups,
    norm_eps: 1e-5,
    resnet_time_scale_shift: config.useScaleShiftNorm ? 'scale_shift' : 'default',
    class_embed_type: null,
    num_class_embeds: null,
  };
  const heads = widths.map((width) => attentionHeads(config, width));
  if (cross)
    return {
      _class_name: 'UNet2DConditionModel',
      ...common,
      mid_block_type: 'UNetMidBlock2DCrossAttn',
      attention_head_dim: heads, // the number of heads, by a name that diffusers keep for old files
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
    attention_head_dim: headWidth(widths, heads, attends),
    attn_norm_num_groups: config.useScaleShiftNorm ? normGroups : null, // null would leave out the middle's norm
  };
}

/** UNet2DModel has one width of heads for all levels; null is one head as wide as its level. */
function headWidth(
  widths: readonly number[],
  heads: readonly number[],
  attends: readonly boolean[],
): number | null {
  const used = widths.map((_, level) => attends[level] === true || level === widths.length - 1);
  const headWidths = new Set(widths.flatMap((width, i) => (used[i] === true ? [width / heads[i]!] : [])));
  if (headWidths.size === 1) return [...headWidths][0]!;
  if (heads.every((count, i) => used[i] !== true || count === 1)) return null;
  throw inexpressible(
    `has heads of one width for all levels (attention_head_dim), here they have ${[...headWidths].join(' and ')} channels`,
  );
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
    norm_num_groups: normGroups,
    sample_size: resolution,
    scaling_factor: scaleFactor,
    ...(codes === undefined
      ? {}
      : { num_vq_embeddings: codes, vq_embed_dim: embedDim, norm_type: 'group', lookup_from_codebook: false }),
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
    const value = normalised(key, found[key], wanted);
    if (free.has(key) || value === undefined) return []; // left out: the library's default, which is ours
    return JSON.stringify(value) === JSON.stringify(normalised(key, wanted, wanted))
      ? []
      : [`${key} is ${JSON.stringify(found[key])}, not ${JSON.stringify(wanted)}`];
  });
}

/** Settings that are one value, or a list with one for each level. */
const perLevel: ReadonlySet<string> = new Set([
  'attention_head_dim',
  'transformer_layers_per_block',
  'cross_attention_dim',
  'layers_per_block',
  'only_cross_attention',
]);

/** Different spellings of the same: a number for each level or one for all, old names, null for the other setting. */
function normalised(key: string, value: unknown, wanted: unknown): unknown {
  if (value === 'swish') return 'silu';
  if (key === 'vq_embed_dim' && value === null) return wanted; // as many as latent channels, which shapes tell
  if (key === 'attn_norm_num_groups' && wanted === null && value === normGroups) return null;
  if (perLevel.has(key) && Array.isArray(value) && value.every((item) => item === value[0])) return value[0];
  return value;
}
