// Features, statistics and spectrum of the real images: what samples are compared with.
import { describeStage, required } from '../../describing/description.ts';
import { add, featureLength, floatBytes, flopOf, times, weightBytes } from '../../describing/estimate.ts';
import { partCounts } from '../../../datasets/parts.ts';
import { digestOf, extractorIdentity } from '../../describing/identity.ts';
import type { ExtractorParams, ReferencePart } from '../../params.ts';
import { dataset } from '../dataset/describe.ts';

/** What the images are to the models: those that they learn from, others of the same set, or those of another set. */
export type ReferenceImages = 'training' | 'validation' | 'held-out' | 'evaluation';

export interface ReferenceParams extends ReferencePart {
  readonly extractor: ExtractorParams;
  /** File of their mean and covariance, which are then not computed. */
  readonly stats?: string;
  readonly images: ReferenceImages;
  readonly batchSize: number;
}

export interface ReferenceSummary {
  /** Images behind the statistics; null where a file of statistics does not say. */
  readonly count: number | null;
  /** Absent in artifacts of earlier versions. */
  readonly images?: ReferenceImages;
  /** Digest of the images and their preprocessing, or of the file of statistics. */
  readonly digest: string;
  /** Where mean and covariance are: in statistics.npz, computed or from a file; or, of few images, in their features. */
  readonly statistics: 'computed' | 'file' | 'of-features';
  readonly preprocessing: string;
  /** Kind of the data set; it decides the protocol that published scores follow. */
  readonly datasetKind: string;
  readonly extractorDigest: string;
  /** Mean power by radius. */
  readonly radial: readonly number[];
}

/** File with mean and covariance, in the form that other tools read. */
export const statisticsFile = 'statistics.npz';

export const reference = describeStage<ReferenceParams, ReferenceSummary>()({
  kind: 'reference',
  version: 2,
  scope: 'shared',
  batchSizeKey: 'evaluate.batchSize',
  inputs: { dataset: required(dataset) },
  identity: ({ extractor, stats, part, images, count }, digests) => ({
    extractor: extractorIdentity(extractor, digests),
    stats: stats && digestOf(stats, digests),
    count,
    ...(count > 0 && { drawn: 'by class' }),
    ...(part !== 'held-out' && { part }),
    ...(images === 'evaluation' && { images }),
  }),
  estimate({ extractor, stats, part, count: most }, { costs, images, inputs }) {
    const cost = costs.extractor(extractor);
    const split = inputs.dataset?.dataset.split;
    const there = split && images !== undefined ? partCounts(split, images)[part] : images;
    const count = most === 0 ? there : Math.min(most, there ?? most);
    const scored = stats === undefined ? count : 0;
    const statistics = (featureLength + 1) * featureLength * Float64Array.BYTES_PER_ELEMENT;
    const features = times(scored, featureLength * floatBytes);
    return {
      network: cost,
      amount: { unit: 'images', count: scored },
      flop: times(scored, flopOf(cost)),
      diskBytes: add(features, statistics),
      scratchBytes: features,
      memoryBytes: weightBytes(cost.params),
    };
  },
  summary: ['count', 'digest', 'statistics', 'preprocessing', 'datasetKind', 'extractorDigest', 'radial'],
});
