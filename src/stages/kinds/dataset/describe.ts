// Opens, checks and counts the images, and packs them.
import type { Credits } from '../../../datasets/dataset.ts';
import type { PartCounts } from '../../../datasets/parts.ts';
import type { Experiment } from '../../../config/types.generated.ts';
import { describeStage } from '../../describing/description.ts';
import { imageBytes, times } from '../../describing/estimate.ts';

export interface DatasetParams {
  readonly dataset: Experiment['dataset'];
  /** What the images are for: the models' training, or, where they are others, scoring. */
  readonly use: 'training' | 'evaluation';
}

export interface DatasetSummary {
  readonly kind: string;
  readonly count: number;
  readonly size: number;
  readonly digest: string;
  readonly preprocessing: string;
  readonly corrupt: readonly { readonly file: string; readonly reason: string }[];
  /** Images of each part, and how many were left out for having the pixels of another part, where it is divided. */
  readonly parts?: PartCounts;
  readonly copies?: number;
  readonly classes?: number;
  readonly credits?: Credits;
  /** PNG of some of the images. */
  readonly grid: string;
}

export const dataset = describeStage<DatasetParams, DatasetSummary>()({
  kind: 'dataset',
  version: 1,
  scope: 'shared',
  inputs: {},
  identity: ({ use }, { datasetDigest, evaluationDigest }) => ({
    digest: use === 'training' ? datasetDigest : evaluationDigest,
  }),
  estimate: ({ dataset: { size } }, { images }) => ({
    amount: { unit: 'images', count: images },
    flop: 0,
    diskBytes: times(images, imageBytes(size)),
    scratchBytes: 0,
    memoryBytes: 0,
  }),
  summary: ['kind', 'count', 'size', 'digest', 'preprocessing', 'corrupt', 'grid'],
});
