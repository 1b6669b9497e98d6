// The configuration of latent-diffusion's first stages: the `ddconfig` of the public YAML files in camelCase.

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
