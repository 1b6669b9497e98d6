// The configuration of latent-diffusion's first stages: the `ddconfig` of the public YAML files in camelCase, read
// strictly.
import { UserError } from '../../errors.ts';

export interface AutoencoderConfig {
  /** The encoder ends in twice `zChannels` (mean and log-variance). */
  readonly doubleZ: boolean;
  readonly zChannels: number;
  /** Height and width of the images that `attnResolutions` refer to. */
  readonly resolution: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly channels: number;
  readonly channelMult: readonly number[];
  readonly numResBlocks: number;
  /** Feature heights at which the levels have attention; the middle always has one. */
  readonly attnResolutions: readonly number[];
  /** Channels of the latents. */
  readonly embedDim: number;
  /** Entries of the codebook of a vector-quantised autoencoder; absent: the KL autoencoder. */
  readonly codes?: number;
}

const lists = ['ch_mult', 'attn_resolutions'] as const;
const counts = ['z_channels', 'resolution', 'in_channels', 'out_ch', 'ch', 'num_res_blocks'] as const;

/** A latent-diffusion `ddconfig` as AutoencoderConfig. Throws UserError ('input') on missing or unknown entries. */
export function autoencoderConfigFromLdm(
  ddconfig: Readonly<Record<string, unknown>>,
  embedDim: number,
): AutoencoderConfig {
  const refuse = (key: string): UserError =>
    new UserError('input', `autoencoder ddconfig.${key}: ${JSON.stringify(ddconfig[key])} cannot be used`, {
      hint: `known entries: double_z, dropout, ${[...counts, ...lists].join(', ')}`,
    });
  const known = new Set<string>([...lists, ...counts, 'double_z', 'dropout']);
  for (const key of Object.keys(ddconfig)) if (!known.has(key)) throw refuse(key);
  const count = (key: (typeof counts)[number]): number => {
    const value = ddconfig[key];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) throw refuse(key);
    return value;
  };
  const list = (key: (typeof lists)[number]): number[] => {
    const value = ddconfig[key];
    if (!Array.isArray(value) || !value.every(Number.isInteger)) throw refuse(key);
    return value.map(Number);
  };
  return {
    doubleZ: ddconfig['double_z'] !== false,
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
}
