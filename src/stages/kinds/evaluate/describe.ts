// Scores one model's samples against the real images.
import type { Metric, SpectrumResult } from '../../../results/manifest.ts';
import type { MetricCard } from '../../../results/metric-card.ts';
import { describeStage, optional, required, type ResultPart } from '../../describing/description.ts';
import { featureLength, floatBytes, flopOf, weightBytes } from '../../describing/estimate.ts';
import { extractorIdentity } from '../../describing/identity.ts';
import type { ExtractorParams, MetricName, ReferencePart } from '../../params.ts';
import { dataset } from '../dataset/describe.ts';
import { reference } from '../reference/describe.ts';
import { sample } from '../sample/describe.ts';

export interface EvaluateParams {
  readonly model: string;
  readonly extractor: ExtractorParams;
  readonly metrics: readonly MetricName[];
  /** The images of the reference, for metrics that look at pixels; the key of the reference tells them. */
  readonly real: ReferencePart;
  readonly batchSize: number;
}

export interface EvaluateSummary {
  readonly card: MetricCard;
  readonly fid?: number;
  /** Further scores by name: kid, kidStd, precision, recall, paperLow, paperHigh, copyingZ,
   * authenticity. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly spectrum?: SpectrumResult;
}

export const evaluate = describeStage<EvaluateParams, EvaluateSummary>()({
  kind: 'evaluate',
  version: 2,
  scope: 'model',
  seedStream: 'stage/evaluate',
  batchSizeKey: 'evaluate.batchSize',
  inputs: {
    sample: required(sample),
    reference: required(reference),
    dataset: optional(dataset), // the real images, for metrics that look at pixels
    training: optional(reference), // features of the training images, for tests for copies
  },
  identity: ({ extractor, metrics }, digests) => ({
    extractor: extractorIdentity(extractor, digests),
    metrics: [...metrics].sort(),
  }),
  estimate({ extractor }, { costs, inputs }) {
    const cost = costs.extractor(extractor);
    const samples = inputs.sample?.sample.count ?? 0;
    return {
      network: cost,
      amount: { unit: 'images', count: samples },
      flop: samples * flopOf(cost),
      diskBytes: 0,
      scratchBytes: 2 * samples * featureLength * floatBytes, // in pieces, and joined
      memoryBytes: weightBytes(cost.params),
    };
  },
  summary: ['card', 'metrics'],
  result: resultOf,
});

function resultOf({ card, fid, metrics, spectrum }: EvaluateSummary): ResultPart {
  const named = Object.entries(metrics).map(([name, value]): [string, Metric] => [name, { value, card }]);
  return {
    ...(fid === undefined ? {} : { fid: { value: fid, card } }),
    ...(named.length > 0 ? { metrics: Object.fromEntries(named) } : {}),
    ...(spectrum ? { spectrum } : {}),
  };
}
