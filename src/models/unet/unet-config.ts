// The UNet's configuration: latent-diffusion's parameters in camelCase plus the wavelet-gating choices, read
// strictly from latent-diffusion's snake_case form: a parameter that cannot be honoured is refused, never dropped.
import { UserError } from '../../errors.ts';

/**
 * How WG-Down fuses its gated sub-bands. `conv`: a 1x1 convolution 4C -> C and SiLU, gate width 4.
 * `sum`: the paper's "weighted summation" read literally, gate width C/2. WG-Up ends in a convolution in both.
 */
export type WaveletFusion = 'conv' | 'sum';

export interface SpatialTransformerConfig {
  readonly depth: number;
  /** Channels of the context tokens; undefined: attention to the features themselves. */
  readonly contextDim: number | undefined;
}

export interface UNetConfig {
  /** Height and width of the latents, for planning only: the network is fully convolutional. */
  readonly imageSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly modelChannels: number;
  /** Downsampling factors (1, 2, 4, ...) at which attention is applied. */
  readonly attentionResolutions: readonly number[];
  readonly numResBlocks: number;
  readonly channelMult: readonly number[];
  /** Heads of every attention; or, if `numHeadChannels` is given, channels of each head. */
  readonly numHeads?: number;
  readonly numHeadChannels?: number;
  /** Groups of every GroupNorm; latent-diffusion's 32 if left out. */
  readonly normGroups?: number;
  readonly useScaleShiftNorm: boolean;
  readonly resblockUpdown: boolean;
  readonly spatialTransformer: SpatialTransformerConfig | undefined;
  /** latent-diffusion's head-size rule; both settings agree for every public configuration. */
  readonly legacy: boolean;
  /** Replace every down- and upsampling by WG-Down and WG-Up (paper, section 5.1). */
  readonly waveletGating: boolean;
  readonly waveletFusion: WaveletFusion;
}

/** Groups of every GroupNorm in latent-diffusion. */
export const ldmNormGroups = 32;

/** Parameters of latent-diffusion that only training or another framework reads. */
const ignored = new Set(['use_checkpoint', 'use_fp16', 'dropout']);
/** Parameters for which one value is supported. */
const fixed: Readonly<Record<string, unknown>> = {
  dims: 2,
  conv_resample: true,
  num_classes: null,
  use_new_attention_order: false,
  num_heads_upsample: -1,
  n_embed: null,
};
const read = new Set(
  (
    'image_size in_channels out_channels model_channels attention_resolutions num_res_blocks channel_mult ' +
    'num_heads num_head_channels use_scale_shift_norm resblock_updown use_spatial_transformer ' +
    'transformer_depth context_dim legacy'
  ).split(' '),
);

/** The `params` of a latent-diffusion UNetModel as a UNetConfig. Throws UserError ('input') on what is not supported. */
export function unetConfigFromLdm(
  json: Readonly<Record<string, unknown>>,
  wavelet: { waveletGating: boolean; waveletFusion?: WaveletFusion } = { waveletGating: false },
): UNetConfig {
  for (const [key, value] of Object.entries(json)) {
    if (read.has(key) || ignored.has(key)) continue;
    if (!(key in fixed)) throw refusal(key, value, 'it is not a parameter of the UNet');
    if (value !== fixed[key]) throw refusal(key, value, `only ${JSON.stringify(fixed[key])} is supported`);
  }
  const numHeadChannels = optionalCount(json, 'num_head_channels');
  const numHeads = optionalCount(json, 'num_heads');
  const config: UNetConfig = {
    imageSize: count(json, 'image_size'),
    inChannels: count(json, 'in_channels'),
    outChannels: count(json, 'out_channels'),
    modelChannels: count(json, 'model_channels'),
    attentionResolutions: counts(json, 'attention_resolutions'),
    numResBlocks: count(json, 'num_res_blocks'),
    channelMult: json['channel_mult'] === undefined ? [1, 2, 4, 8] : counts(json, 'channel_mult'),
    ...(numHeads === undefined ? {} : { numHeads }),
    ...(numHeadChannels === undefined ? {} : { numHeadChannels }),
    useScaleShiftNorm: flag(json, 'use_scale_shift_norm', false),
    resblockUpdown: flag(json, 'resblock_updown', false),
    spatialTransformer: flag(json, 'use_spatial_transformer', false)
      ? {
          depth: optionalCount(json, 'transformer_depth') ?? 1,
          contextDim: optionalCount(json, 'context_dim'),
        }
      : undefined,
    legacy: flag(json, 'legacy', true),
    waveletGating: wavelet.waveletGating,
    waveletFusion: wavelet.waveletFusion ?? 'conv',
  };
  checkUNetConfig(config);
  return config;
}

/** Refuses (UserError 'usage') a configuration whose layers cannot be built. */
export function checkUNetConfig(config: UNetConfig): void {
  const misfit = unetMisfit(config);
  if (misfit !== undefined)
    throw new UserError('usage', `UNet configuration: ${misfit}`, {
      hint: 'change the sizes so that they fit',
    });
}

/** Why the layers of `config` cannot be built: what does not divide what. undefined where they can. */
export function unetMisfit(config: UNetConfig): string | undefined {
  const { modelChannels, channelMult, imageSize, waveletGating, waveletFusion } = config;
  const groups = normGroupsOf(config);
  if (modelChannels % groups !== 0) return `modelChannels ${modelChannels} is not a multiple of ${groups}`;
  const widths = channelMult.map((mult) => mult * modelChannels);
  const divisor = config.numHeadChannels ?? config.numHeads;
  if (divisor === undefined) return 'neither numHeads nor numHeadChannels is given';
  const undivided = widths.find((width) => width % divisor !== 0);
  if (undivided !== undefined) return `${undivided} channels cannot be divided into heads by ${divisor}`;
  // WG-Up takes a quarter of the channels for each band; the gate of WG-Down's sum is half as wide as they are.
  const [first, ...deeper] = widths;
  const unbanded =
    deeper.find((width) => width % 4 !== 0) ??
    (waveletFusion === 'sum' && deeper.length > 0 && first! % 2 !== 0 ? first : undefined);
  if (waveletGating && unbanded !== undefined)
    return `${unbanded} channels cannot be divided into the bands of wavelet gating`;
  const deepest = 2 ** (channelMult.length - 1);
  if (imageSize % deepest !== 0) return `imageSize ${imageSize} is not a multiple of ${deepest}`;
  return undefined;
}

/** Groups of every GroupNorm. */
export function normGroupsOf({ normGroups = ldmNormGroups }: Pick<UNetConfig, 'normGroups'>): number {
  return normGroups;
}

/** Heads of an attention over `channels` features. */
export function attentionHeads(config: UNetConfig, channels: number): number {
  return config.numHeadChannels === undefined ? (config.numHeads ?? 1) : channels / config.numHeadChannels;
}

function refusal(key: string, value: unknown, why: string): UserError {
  return new UserError('input', `UNet parameter ${key}: ${JSON.stringify(value)}: ${why}`, {
    hint: 'remove it or use the supported value',
  });
}

function count(json: Readonly<Record<string, unknown>>, key: string): number {
  const value = json[key];
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw refusal(key, value, 'a positive integer is needed');
}

/** latent-diffusion writes -1 or null for "not given". */
function optionalCount(json: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = json[key];
  return value === undefined || value === null || value === -1 ? undefined : count(json, key);
}

function counts(json: Readonly<Record<string, unknown>>, key: string): number[] {
  const value = json[key];
  if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && Number(item) > 0))
    return value.map(Number);
  throw refusal(key, value, 'a list of positive integers is needed');
}

function flag(json: Readonly<Record<string, unknown>>, key: string, otherwise: boolean): boolean {
  const value = json[key] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw refusal(key, value, 'true or false is needed');
}
