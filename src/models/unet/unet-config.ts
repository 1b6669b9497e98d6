// The UNet's configuration: latent-diffusion's parameters in camelCase plus the wavelet-gating choices.
import { UserError } from '../../errors.ts';
import type { WaveletName } from '../wavelet/wavelet.ts';

/**
 * What becomes of gated sub-bands. `conv`: WG-Down ends in a 1x1 convolution 4C -> C and SiLU, WG-Up in one C/4 -> C;
 * gate width 4. `sum`: WG-Down is the paper's "weighted summation" read literally, gate width C/2. `sum-both`: so is
 * WG-Up, whose output is the inverse transform with C/4 channels.
 */
export type WaveletFusion = 'conv' | 'sum' | 'sum-both';

/** Gates of Eq. 8, or 0.5 throughout. */
export type WaveletGates = 'learned' | 'frozen';

/** What follows the convolution of a module of gating. */
export type WaveletActivation = 'silu' | 'none';

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
  /** `none` leaves out the block between the two paths, as BK-SDM's small UNets do; as in latent-diffusion if absent. */
  readonly middle?: 'none';
  /** latent-diffusion's head-size rule; both settings agree for every public configuration. */
  readonly legacy: boolean;
  /** Replace every down- and upsampling by WG-Down and WG-Up (paper, section 5.1). */
  readonly waveletGating: boolean;
  /** The wavelet of the gating; Haar's if left out. */
  readonly wavelet?: WaveletName;
  readonly waveletFusion: WaveletFusion;
  /** Learned ones if left out. */
  readonly waveletGates?: WaveletGates;
  /** The activation of modules on the residual stream; SiLU if left out. */
  readonly waveletActivation?: WaveletActivation;
}

/** The wavelet of the paper. */
export const paperWavelet: WaveletName = 'haar';

/** Groups of every GroupNorm in latent-diffusion. */
export const ldmNormGroups = 32;

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
    (waveletFusion !== 'conv' && deeper.length > 0 && first! % 2 !== 0 ? first : undefined);
  if (waveletGating && unbanded !== undefined)
    return `${unbanded} channels cannot be divided into the bands of wavelet gating`;
  if (waveletGating && waveletFusion === 'sum-both' && !config.resblockUpdown) {
    const ungrouped = deeper.find((width) => (width / 4) % groups !== 0);
    if (ungrouped !== undefined)
      return `a quarter of ${ungrouped} channels, which WG-Up gives, is not a multiple of ${groups}`;
  }
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
