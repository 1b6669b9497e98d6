// What no model can be expected to fall below: the scores of real images against other real images, and of the same
// images through the autoencoder.
import type { AutoencoderConfig } from '../../../models/autoencoder/autoencoder-config.ts';
import type { FloorResult } from '../../../results/manifest.ts';
import { describeStage, optional, required } from '../../describing/description.ts';
import { featureLength, floatBytes, flopOf, sum, weightBytes } from '../../describing/estimate.ts';
import { extractorIdentity } from '../../describing/identity.ts';
import type { ExtractorParams, MetricName, ReferencePart } from '../../params.ts';
import { autoencoder } from '../autoencoder/describe.ts';
import { dataset } from '../dataset/describe.ts';
import { reference } from '../reference/describe.ts';

export interface FloorParams {
  readonly extractor: ExtractorParams;
  readonly metrics: readonly MetricName[];
  /** The images of the reference; its key tells them. */
  readonly real: ReferencePart;
  /** Images to score, as many as models draw; half of the reference at most. */
  readonly count: number;
  /** Absent where latents are pixels. */
  readonly network?: AutoencoderConfig;
  readonly batchSize: number;
}

export interface FloorSummary {
  readonly floors: readonly FloorResult[];
}

export const floor = describeStage<FloorParams, FloorSummary>()({
  kind: 'floor',
  version: 1,
  scope: 'shared',
  seedStream: 'stage/floor',
  batchSizeKey: 'evaluate.batchSize',
  inputs: {
    dataset: required(dataset),
    reference: required(reference),
    autoencoder: optional(autoencoder),
  },
  identity: ({ extractor, metrics, count, network }, digests) => ({
    extractor: extractorIdentity(extractor, digests),
    metrics: [...metrics].sort(),
    count,
    network,
  }),
  estimate({ extractor, count, network }, { costs, images }) {
    // Features of real images come with the reference.
    if (network === undefined) return { flop: 0, diskBytes: 0, scratchBytes: 0, memoryBytes: 0 };
    const features = costs.extractor(extractor);
    const passes = sum(costs.encoder(network), costs.decoder(network));
    const scored = Math.min(count, Math.floor((images ?? 2 * count) / 2));
    return {
      network: features,
      amount: { unit: 'images', count: scored },
      flop: scored * (flopOf(features) + flopOf(passes)),
      diskBytes: 0,
      scratchBytes: 2 * scored * featureLength * floatBytes, // in pieces, and joined; pixels are less
      memoryBytes: weightBytes(features.params),
    };
  },
  summary: ['floors'],
});
