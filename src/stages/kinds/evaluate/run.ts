// Scores of one model's samples against the real images, with the card that says how they were taken.
import path from 'node:path';
import { openPack, type ImagePack } from '../../../datasets/pack.ts';
import { memorisation } from '../../../metrics/memorisation.ts';
import type { SpectrumResult } from '../../../results/manifest.ts';
import { grouped, type MetricCard } from '../../../results/metric-card.ts';
import { commonFacts, isPublished } from '../../features/common-facts.ts';
import { featureWork, openExtractor, type Extractor } from '../../features/feature-extractor.ts';
import { featuresFile, gaussianOfFile, readFeatures } from '../../features/features-file.ts';
import { openReferenceImages } from '../../features/reference-images.ts';
import { imagesOf, paperScores, radialSpectrum, spectrumResult } from '../../features/pixel-spectra.ts';
import { packSource } from '../../rows/pixels.ts';
import { statisticsFile, type ReferenceSummary } from '../reference/describe.ts';
import type { SampleSummary } from '../sample/describe.ts';
import { computeRows, joinPieces, type RowWork } from '../../rows/rows.ts';
import {
  isOfFeatures,
  needsRows,
  rowsOf,
  scoreFeatures,
  type Compared,
  type FeatureSet,
} from '../../features/scores.ts';
import { given, stageOf, type Artifact, type ShardContext, type StageContext } from '../../stage.ts';
import { readStatistics } from '../../features/statistics-file.ts';
import { evaluate, type EvaluateSummary } from './describe.ts';

type Context = StageContext<typeof evaluate>;

export const evaluateStage = stageOf(evaluate, {
  async run(context) {
    const { metrics } = context.params;
    const { sample, reference } = context.inputs;
    const facts = reference.summary;
    const extractor = await openExtractor(context.params.extractor);
    const pack = await openPack(sample.dir);
    try {
      const file = await featuresOf(context, extractor, pack);
      const ofFeatures = metrics.filter(isOfFeatures);
      const withRows = ofFeatures.some(needsRows) || metrics.includes('memorisation');
      const sets = {
        reference: await referenceSet(reference, facts, extractor.dimension, withRows),
        generated: await setOfFile('the samples', file, extractor.dimension, withRows),
        seed: context.seed,
      };
      const scores = scoreFeatures(ofFeatures, sets);
      const further = {
        ...(metrics.includes('paper-spectrum') ? await paperSpectrumOf(context, pack) : {}),
        ...(metrics.includes('memorisation') ? await copiesOf(context, sets, extractor.dimension) : {}),
      };
      const summary: EvaluateSummary = {
        card: cardOf(context, sample.summary, facts, extractor.digest),
        ...scores,
        metrics: { ...scores.metrics, ...further },
        ...(metrics.includes('spectrum') ? { spectrum: await spectrumOf(pack, facts.radial) } : {}),
      };
      return { summary };
    } finally {
      await pack.close();
    }
  },
  /** Features of a part of the samples. */
  async runShard(context, shard) {
    const extractor = await openExtractor(context.params.extractor);
    const pack = await openPack(context.inputs.sample.dir);
    try {
      await computeRows(context, featuresOfSamples(context, extractor, pack), shard);
    } finally {
      await pack.close();
    }
  },
});

function featuresOfSamples(
  context: ShardContext<typeof evaluate>,
  extractor: Extractor,
  pack: ImagePack,
): RowWork {
  const { batchSize } = context.params;
  return featureWork(context, extractor, packSource(pack), { count: pack.count, batchSize });
}

/** File of the features of all samples; an interrupted extraction goes on. */
async function featuresOf(context: Context, extractor: Extractor, pack: ImagePack): Promise<string> {
  const { pieces } = await computeRows(context, featuresOfSamples(context, extractor, pack));
  const file = path.join(context.workDir, featuresFile);
  await joinPieces(pieces, file);
  return file;
}

async function referenceSet(
  { dir }: Artifact,
  { statistics }: ReferenceSummary,
  dimension: number,
  withRows: boolean,
): Promise<FeatureSet> {
  const [name, file] = ['the real images', path.join(dir, featuresFile)];
  if (statistics === 'of-features') return setOfFile(name, file, dimension, withRows);
  const { gaussian } = await readStatistics(path.join(dir, statisticsFile));
  const known = withRows && statistics === 'computed';
  return { name, gaussian, ...(known ? { rows: await readFeatures(file, dimension) } : {}) };
}

async function setOfFile(
  name: string,
  file: string,
  dimension: number,
  withRows: boolean,
): Promise<FeatureSet> {
  const gaussian = await gaussianOfFile(file, dimension);
  return { name, gaussian, ...(withRows ? { rows: await readFeatures(file, dimension) } : {}) };
}

async function spectrumOf(pack: ImagePack, radial: readonly number[]): Promise<SpectrumResult> {
  return spectrumResult(radial, await radialSpectrum(imagesOf(pack)));
}

/** The errors of Table 1, beside the real images that the reference has taken. */
async function paperSpectrumOf(
  { params, inputs: { dataset } }: Context,
  pack: ImagePack,
): Promise<Readonly<Record<string, number>>> {
  const real = await openReferenceImages(given(dataset, 'dataset').dir, params.real);
  try {
    return await paperScores(imagesOf(real), imagesOf(pack));
  } finally {
    await real.close();
  }
}

/** The tests for copies, of the same features as the other scores. */
async function copiesOf(
  { inputs: { training } }: Context,
  { reference, generated }: Pick<Compared, 'reference' | 'generated'>,
  dimension: number,
): Promise<Readonly<Record<string, number>>> {
  const file = path.join(given(training, 'training').dir, featuresFile);
  return { ...memorisation(await readFeatures(file, dimension), rowsOf(reference), rowsOf(generated)) };
}

interface Protocol {
  readonly name: string;
  readonly samples: number;
  /** Captions are drawn at random. */
  readonly drawn?: true;
}

const zeroShotCoco: Protocol = { name: 'zero-shot FID-30K', samples: 30_000, drawn: true };
const usualProtocol: Protocol = { name: 'FID-50k', samples: 50_000 };

/** How published scores are taken: of COCO's captions on models trained on other data, else of the training set. */
function protocolOf({ datasetKind, images = 'evaluation' }: ReferenceSummary): Protocol {
  return datasetKind === 'coco' && images === 'evaluation' ? zeroShotCoco : usualProtocol;
}

/** What keeps a score from being one of the protocol; undefined where nothing does. */
function shortfall(
  { name, samples, drawn }: Protocol,
  { sampler, count }: SampleSummary,
): string | undefined {
  if (count < samples) return `${name} takes ${grouped(samples)} samples; of fewer, FID comes out higher`;
  if (drawn && sampler.prompts === undefined)
    return `${name} draws its captions at random (sample.promptSeed); these are in the order of the data set`;
  return undefined;
}

function cardOf(
  { params: { extractor } }: Context,
  sample: SampleSummary,
  reference: ReferenceSummary,
  extractorDigest: string,
): MetricCard {
  const { sampler, count } = sample;
  const protocol = protocolOf(reference);
  const published = isPublished(extractor);
  const lacking = shortfall(protocol, sample);
  return {
    ...commonFacts(extractor, extractorDigest, reference),
    sampler: sampler.name,
    eta: sampler.eta,
    steps: sampler.steps,
    ...(sampler.evaluations !== undefined && { evaluations: sampler.evaluations }),
    guidanceScale: sampler.guidanceScale,
    ...(sampler.prompts && { prompts: sampler.prompts }),
    n: count,
    comparableWithPublished: published && lacking === undefined,
    note: !published
      ? 'this extractor is not that of published FIDs: compare only within this table'
      : (lacking ?? protocol.name),
  };
}
