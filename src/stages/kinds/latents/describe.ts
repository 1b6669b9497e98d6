// Encodes all images, and fixes the scale that later stages see their latents in.
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import { describeStage, optional, required, type ParamsOf } from '../../describing/description.ts';
import { floatBytes, flopOf, times, weightBytes } from '../../describing/estimate.ts';
import { checkpointIdentity } from '../../describing/identity.ts';
import type { CheckpointParams, LatentShape } from '../../params.ts';
import { autoencoder } from '../autoencoder/describe.ts';
import { dataset } from '../dataset/describe.ts';

export interface LatentsParams {
  /** Absent: latents are the images in [-1, 1]. */
  readonly network?: AutoencoderConfig;
  /** Encoder output times this is the latent; `auto` is 1 / standard deviation over the data set. 1 for pixels. */
  readonly scaleFactor: number | 'auto' | 'checkpoint';
  /** Where the scale is read from if it is `checkpoint`. */
  readonly checkpoint?: CheckpointParams;
  readonly latentShape: LatentShape;
  /** One draw of each posterior of a KL autoencoder is kept instead of mean and standard deviation. */
  readonly sampled?: true;
  /** Training images are also encoded mirrored. */
  readonly mirrored?: true;
}

export interface LatentsSummary {
  readonly count: number;
  /** [C, H, W] of one latent. */
  readonly latentShape: readonly [number, number, number];
  readonly scaleFactor: number;
  /** Standard deviation over all scaled latents. */
  readonly std: number;
}

export const latents = describeStage<LatentsParams, LatentsSummary>()({
  kind: 'latents',
  // What later stages read is the same since version 1, which had one file of scaled latents.
  version: 1,
  scope: 'shared',
  seedStream: 'stage/latents',
  inputs: { dataset: required(dataset), autoencoder: optional(autoencoder) },
  identity: ({ network, scaleFactor, checkpoint, latentShape, sampled, mirrored }, digests) => ({
    network,
    scaleFactor,
    checkpoint: checkpoint && checkpointIdentity(checkpoint, digests),
    latentShape,
    sampled,
    mirrored,
  }),
  estimate(params, { costs, images }) {
    const cost = params.network && costs.encoder(params.network);
    return {
      ...(cost && { network: cost }),
      amount: { unit: 'images', count: images },
      flop: times(images, (cost ? flopOf(cost) : 0) * views(params)),
      diskBytes: latentsBytes(params, images),
      scratchBytes: 0,
      memoryBytes: weightBytes(cost?.params),
    };
  },
  summary: ['count', 'latentShape', 'scaleFactor', 'std'],
});

/** Whether images have a posterior, as KL autoencoders give it, and all of it is kept: means and standard deviations. */
export function keepsMoments({ network, sampled }: Pick<LatentsParams, 'network' | 'sampled'>): boolean {
  return network !== undefined && network.codes === undefined && sampled !== true;
}

/** How often an image is encoded, at most. */
function views({ mirrored }: Pick<LatentsParams, 'mirrored'>): number {
  return mirrored ? 2 : 1;
}

/** Bytes of latents that training holds in memory; of larger data sets, batches are read from disk. */
export const latentsInMemory = 2 ** 28;

function latentsBytes(params: LatentsParams, images: number | undefined): number | undefined {
  const size = params.latentShape.reduce((product, extent) => product * extent, 1);
  return times(images, size * floatBytes * (keepsMoments(params) ? 2 : 1) * views(params));
}

/** What training holds of its input `latents`: all of a small data set, else about a batch. */
export function heldLatents({
  inputs,
  images,
}: {
  readonly inputs: { readonly latents?: ParamsOf<typeof latents> };
  readonly images: number | undefined;
}): number | undefined {
  const bytes = inputs.latents && latentsBytes(inputs.latents, images);
  return bytes === undefined || bytes <= latentsInMemory ? bytes : 0;
}
