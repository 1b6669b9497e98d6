// Scores of one model's samples against the real images, with the card that says how they were taken.
import { openPack } from '../datasets/pack.ts';
import { frechetDistance, gaussianOf } from '../metrics/frechet.ts';
import { kernelDistance } from '../metrics/kernel-distance.ts';
import { precisionRecall } from '../metrics/precision-recall.ts';
import { bandErrors, SpectrumAccumulator } from '../metrics/spectra.ts';
import { extractors } from '../models/inception-extractor.ts';
import type { EvaluateParams, MetricName } from '../plan/stage-params.ts';
import type { MetricCard } from '../report/metric-card.ts';
import { extractFeatures } from './feature-extractor.ts';
import { readFeatures, type Features } from './features-file.ts';
import { toPlanes } from './pixels.ts';
import { inputOf, type Stage, type StageContext } from './stage.ts';
import type { EvaluateSummary, ReferenceSummary, SampleSummary } from './summaries.ts';

/** KID's subsets (Binkowski et al. 2018 take 100 of 1,000; smaller sets take what they have). */
const kidSubsets = { subsets: 100, subsetSize: 1000 };

interface Compared {
  readonly reference: Features;
  readonly generated: Features;
  readonly seed: number;
}

/** Scores of features by metric. */
const featureScores: Readonly<
  Record<
    Exclude<MetricName, 'spectrum'>,
    (sets: Compared) => Partial<Pick<EvaluateSummary, 'fid' | 'metrics'>>
  >
> = {
  fid: ({ reference, generated }) => ({
    fid: frechetDistance(
      gaussianOf(reference.data, reference.dimension),
      gaussianOf(generated.data, generated.dimension),
    ),
  }),
  kid: ({ reference, generated, seed }) => {
    const subsetSize = Math.min(kidSubsets.subsetSize, reference.count, generated.count);
    const { mean, std } = kernelDistance(matrixOf(reference), matrixOf(generated), {
      ...kidSubsets,
      subsetSize,
      seed,
    });
    return { metrics: { kid: mean, kidStd: std } };
  },
  'precision-recall': ({ reference, generated }) => ({
    metrics: { ...precisionRecall(matrixOf(reference), matrixOf(generated)) },
  }),
};

export const evaluateStage: Stage<EvaluateParams> = {
  kind: 'evaluate',
  version: 1,
  async run(context) {
    const { extractor, batchSize, metrics } = context.params;
    const sample = inputOf(context, 'sample');
    const reference = inputOf(context, 'reference');
    const facts = reference.summary as unknown as ReferenceSummary;
    const pack = await openPack(sample.dir);
    try {
      const { features, dimension, digest } = await extractFeatures(context, extractor, pack, {
        count: pack.count,
        batchSize,
      });
      const sets: Compared = {
        reference: await readFeatures(reference),
        generated: { data: features, count: pack.count, dimension },
        seed: context.seed,
      };
      let summary: EvaluateSummary = {
        card: cardOf(context, sample.summary as unknown as SampleSummary, facts, digest),
        metrics: {},
      };
      for (const metric of metrics) {
        if (metric === 'spectrum') continue;
        const scores = featureScores[metric](sets);
        summary = { ...summary, ...scores, metrics: { ...summary.metrics, ...scores.metrics } };
      }
      if (metrics.includes('spectrum')) {
        const spectrum = new SpectrumAccumulator(pack.size);
        for (let index = 0; index < pack.count; index++)
          spectrum.add(toPlanes(await pack.readBatch([index]), pack.size));
        const generated = spectrum.finish();
        const real = { frequencies: generated.frequencies, power: Float64Array.from(facts.radial) };
        const { low, high } = bandErrors(real, generated);
        summary = {
          ...summary,
          spectrum: { lowError: low, highError: high, radial: [...generated.power] },
        };
      }
      return { summary: { ...summary } };
    } finally {
      await pack.close();
    }
  },
};

function cardOf(
  { params: { extractor } }: StageContext<EvaluateParams>,
  { sampler, count }: SampleSummary,
  reference: ReferenceSummary,
  extractorDigest: string,
): MetricCard {
  const published = extractors[extractor.kind].variant === 'fid' && extractor.inputSize === 299;
  return {
    extractor: { name: extractor.kind, digest: extractorDigest },
    inputSize: extractor.inputSize,
    resampler: extractor.kind === 'clean-fid' ? 'antialiased bicubic' : 'bilinear',
    sampler: sampler.name,
    eta: sampler.eta,
    steps: sampler.steps,
    guidanceScale: sampler.guidanceScale,
    n: count,
    reference: {
      digest: reference.digest,
      count: reference.count,
      preprocessing: reference.preprocessing,
    },
    dtype: 'float32 features, float64 statistics',
    comparableWithPublished: published && count >= publishedCount,
    note: published ? '' : 'this extractor is not that of published FIDs: compare only within this table',
  };
}

/** Samples in published FIDs. */
const publishedCount = 50000;

function matrixOf({ data, count, dimension }: Features): { rows: number; cols: number; data: Float64Array } {
  return { rows: count, cols: dimension, data: Float64Array.from(data) };
}
