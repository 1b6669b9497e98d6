// Scores of two sets of images that belong to no experiment, with the facts that say how they were taken.
import { frechetDistance, gaussianOf, type Gaussian } from '../../metrics/frechet.ts';
import type { FeatureRows } from '../../metrics/feature-rows.ts';
import { MomentAccumulator } from '../../metrics/moments.ts';
import { extractors } from '../../models/inception/inception-extractor.ts';
import type { ExtractorParams } from '../params.ts';
import type { ComparisonCard, SetFacts } from '../../results/comparison-card.ts';
import { isPublished } from './common-facts.ts';
import { extractFeatures, openExtractor, type Extractor } from './feature-extractor.ts';
import type { PixelSource } from '../rows/pixels.ts';
import type { ImageSet } from './image-sets.ts';
import {
  needsRows,
  scoreFeatures,
  statisticsAlone,
  type FeatureMetric,
  type FeatureSet,
  type Scores,
} from './scores.ts';
import type { CommonContext, StageEvent } from '../stage.ts';
import {
  checkSameFeatures,
  featuresDiffer,
  originOf,
  refuseOtherFeatures,
  writeStatistics,
} from './statistics-file.ts';

export interface Comparison extends Scores {
  readonly card: ComparisonCard;
}

export interface CompareOptions {
  readonly extractor: ExtractorParams;
  readonly batchSize: number;
  readonly metrics: readonly FeatureMetric[];
  /** The seed of KID's random subsets. */
  readonly seed: number;
  /** File that the statistics of `a` are written to. */
  readonly save?: string;
}

type Context = Pick<CommonContext, 'engine' | 'signal'> & {
  readonly emit: (set: ImageSet, event: StageEvent) => void;
};

const dtype = 'float32 features, float64 statistics';

/**
 * Compares `a` (reference) with `b` (generated). Statistics that come with a set are taken where they are of the same
 * features. Memory: the features of both sets in float32 (400 MB per 50,000 images) where a metric needs them, else
 * means and covariances. Throws UserError where a metric needs images that are not there.
 */
export async function compareSets(
  context: Context,
  a: ImageSet,
  b: ImageSet,
  options: CompareOptions,
): Promise<Comparison> {
  const { metrics, seed, save } = options;
  const withRows = metrics.some(needsRows);
  if (save === undefined && !withRows && a.images === undefined && b.images === undefined)
    return compareStatistics(a, b);
  for (const { path, images } of [a, b]) if (withRows && images === undefined) throw statisticsAlone(path);
  const extractor = await openExtractor(options.extractor);
  const { kind, inputSize } = options.extractor;
  const [readyA, readyB] = [usableStatistics(a, extractor), usableStatistics(b, extractor)];
  const reference = await measure(context, a, readyA, extractor, options);
  const generated = await measure(context, b, readyB, extractor, options);
  if (save !== undefined)
    await writeStatistics(save, reference.set.gaussian, originOf(extractor, reference.facts));
  return {
    ...scoreFeatures(metrics, { reference: reference.set, generated: generated.set, seed }),
    card: {
      extractor: { name: kind, digest: extractor.digest, inputSize, resampler: extractors[kind].resampler },
      a: reference.facts,
      b: generated.facts,
      dtype,
      comparableWithPublished: isPublished(options.extractor),
    },
  };
}

/** FID of two files of statistics: no network is needed, and none is asked for. */
function compareStatistics(a: ImageSet, b: ImageSet): Comparison {
  const [first, second] = [a.statistics!, b.statistics!];
  const [origin, other] = [first.origin, second.origin];
  if (origin !== undefined && other !== undefined && featuresDiffer(origin, other))
    throw refuseOtherFeatures(b.path, other, origin);
  const known = origin !== undefined && other !== undefined ? origin : undefined;
  return {
    fid: frechetDistance(first.gaussian, second.gaussian),
    metrics: {},
    card: {
      extractor: known
        ? { ...known.extractor, inputSize: known.inputSize, resampler: known.resampler }
        : null,
      a: statisticsFacts(a),
      b: statisticsFacts(b),
      dtype,
      comparableWithPublished: false,
    },
  };
}

interface Measured {
  readonly set: FeatureSet;
  readonly facts: SetFacts;
}

/** `ready`: the statistics that the set brings, if any. */
async function measure(
  context: Context,
  target: ImageSet,
  ready: Gaussian | undefined,
  extractor: Extractor,
  { metrics, batchSize }: CompareOptions,
): Promise<Measured> {
  const { path: name, digest, images } = target;
  const withRows = metrics.some(needsRows);
  if (ready && !withRows) return { set: { name, gaussian: ready }, facts: statisticsFacts(target) };
  const { gaussian, rows } = await featuresOf(
    {
      ...context,
      emit: (event) => {
        context.emit(target, event);
      },
    },
    images!,
    extractor,
    { withRows, batchSize },
  );
  return {
    set: { name, gaussian: ready ?? gaussian, ...(rows && { rows }) },
    facts: ready
      ? statisticsFacts(target)
      : {
          name,
          digest,
          count: images!.count,
          preprocessing: `${images!.width}×${images!.height} as they are`,
          fromStatistics: false,
        },
  };
}

/** The set's own statistics where they are of `extractor`; undefined where its images must be taken instead. */
function usableStatistics(
  { path, images, statistics }: ImageSet,
  extractor: Extractor,
): Gaussian | undefined {
  if (statistics === undefined) return undefined;
  try {
    checkSameFeatures(path, statistics, extractor);
    return statistics.gaussian;
  } catch (error) {
    if (images === undefined) throw error;
    return undefined;
  }
}

function statisticsFacts({ path, digest, statistics }: ImageSet): SetFacts {
  const origin = statistics?.origin;
  return {
    name: path,
    digest,
    count: origin?.count ?? null,
    preprocessing: origin?.preprocessing ?? 'taken elsewhere',
    fromStatistics: true,
  };
}

/** Mean and covariance of the images' features; the features too if asked for. */
async function featuresOf(
  context: Pick<CommonContext, 'engine' | 'emit' | 'signal'>,
  images: PixelSource,
  extractor: Extractor,
  { withRows, batchSize }: { readonly withRows: boolean; readonly batchSize: number },
): Promise<{ gaussian: Gaussian; rows?: FeatureRows }> {
  const { dimension } = extractor;
  const { count } = images;
  const keep = withRows || count <= dimension;
  const data = new Float32Array(keep ? count * dimension : 0);
  const moments = new MomentAccumulator(dimension);
  await extractFeatures(context, extractor, images, {
    count,
    batchSize: Math.min(batchSize, count),
    write: (rows, start) => {
      if (keep) data.set(rows, start * dimension);
      else moments.add(rows);
    },
  });
  const gaussian = keep ? gaussianOf(data, dimension) : moments.finish();
  return { gaussian, ...(withRows ? { rows: { rows: count, cols: dimension, data } } : {}) };
}
