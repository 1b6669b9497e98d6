// The public configurations of latent-diffusion, in its snake_case, as ours: what the golden cases and the paper's numbers
// are computed with. A parameter that the networks here would not honour is refused, never dropped.
import type { AutoencoderConfig } from '../../../src/models/autoencoder/autoencoder-config.ts';
import {
  checkUNetConfig,
  type UNetConfig,
  type WaveletFusion,
} from '../../../src/models/unet/unet-config.ts';

type Json = Readonly<Record<string, unknown>>;

/** Parameters that only training or another framework reads. */
const ignored = ['use_checkpoint', 'use_fp16', 'dropout'];
/** Parameters that the UNet here has one value of. */
const fixed: Json = {
  dims: 2,
  conv_resample: true,
  num_classes: null,
  use_new_attention_order: false,
  num_heads_upsample: -1,
  n_embed: null,
};

/** The `params` of a UNetModel. */
export function unetConfigFromLdm(
  json: Json,
  wavelet: { waveletGating: boolean; waveletFusion?: WaveletFusion } = { waveletGating: false },
): UNetConfig {
  const { given, list, flag, rest } = readerOf(json);
  const count = (key: string): number => given(key) ?? refuse(key, json[key]);
  const [numHeads, numHeadChannels] = [given('num_heads'), given('num_head_channels')];
  const config: UNetConfig = {
    imageSize: count('image_size'),
    inChannels: count('in_channels'),
    outChannels: count('out_channels'),
    modelChannels: count('model_channels'),
    attentionResolutions: list('attention_resolutions'),
    numResBlocks: count('num_res_blocks'),
    channelMult: list('channel_mult'),
    ...(numHeads !== undefined && { numHeads }),
    ...(numHeadChannels !== undefined && { numHeadChannels }),
    useScaleShiftNorm: flag('use_scale_shift_norm', false),
    resblockUpdown: flag('resblock_updown', false),
    ...transformerOf(
      flag('use_spatial_transformer', false),
      given('transformer_depth'),
      given('context_dim'),
    ),
    legacy: flag('legacy', true),
    waveletGating: wavelet.waveletGating,
    waveletFusion: wavelet.waveletFusion ?? 'conv',
  };
  for (const key of rest())
    if (!ignored.includes(key) && !(key in fixed && fixed[key] === json[key])) refuse(key, json[key]);
  checkUNetConfig(config);
  return config;
}

function transformerOf(
  used: boolean,
  depth = 1,
  contextDim?: number,
): Pick<UNetConfig, 'spatialTransformer'> {
  return { spatialTransformer: used ? { depth, contextDim } : undefined };
}

/** The `ddconfig` of a first stage. */
export function autoencoderConfigFromLdm(json: Json, embedDim: number): AutoencoderConfig {
  const { given, list, flag, rest } = readerOf(json);
  const count = (key: string): number => given(key) ?? refuse(key, json[key]);
  const config: AutoencoderConfig = {
    doubleZ: flag('double_z', true),
    zChannels: count('z_channels'),
    resolution: count('resolution'),
    inChannels: count('in_channels'),
    outChannels: count('out_ch'),
    channels: count('ch'),
    channelMult: list('ch_mult'),
    numResBlocks: count('num_res_blocks'),
    attnResolutions: list('attn_resolutions'),
    embedDim,
  };
  for (const key of rest()) if (!ignored.includes(key)) refuse(key, json[key]);
  return config;
}

/** Readers of an object's entries that note which were read. */
function readerOf(json: Json): {
  /** A positive whole number; -1, null and nothing are "not given". */
  readonly given: (key: string) => number | undefined;
  readonly list: (key: string) => number[];
  readonly flag: (key: string, otherwise: boolean) => boolean;
  /** The keys that were not read. */
  readonly rest: () => string[];
} {
  const seen = new Set<string>();
  const read = (key: string): unknown => {
    seen.add(key);
    return json[key];
  };
  const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;
  return {
    given: (key) => {
      const value = read(key) ?? -1;
      return value === -1 ? undefined : isCount(value) ? value : refuse(key, value);
    },
    list: (key) => {
      const value = read(key);
      return Array.isArray(value) && value.every(Number.isInteger) ? value.map(Number) : refuse(key, value);
    },
    flag: (key, otherwise) => {
      const value = read(key) ?? otherwise;
      return typeof value === 'boolean' ? value : refuse(key, value);
    },
    rest: () => Object.keys(json).filter((key) => !seen.has(key)),
  };
}

function refuse(key: string, value: unknown): never {
  throw new Error(`${key}: ${JSON.stringify(value)} is not honoured by the networks here`);
}
