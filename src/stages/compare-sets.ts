// Scores of two sets of images that belong to no experiment, with the facts that say how they were taken.
import type { Gaussian } from '../metrics/frechet.ts';
import { gaussianOf } from '../metrics/frechet.ts';
import { MomentAccumulator } from '../metrics/moments.ts';
import { extractors } from '../models/inception-extractor.ts';
import type { ExtractorParams } from '../plan/stage-params.ts';
import type { ComparisonCard, SetFacts } from '../report/comparison-card.ts';
import { extractFeatures, openExtractor, type Extractor } from './feature-extractor.ts';
import type { ImageSet } from './image-sets.ts';
import { needsRows, scoreFeatures, type FeatureMetric, type FeatureSet, type Scores } from './scores.ts';
import type { StageContext } from './stage.ts';
import { checkSameFeatures, writeStatistics } from './statistics-file.ts';

export interface Comparison extends Scores {
  readonly card: ComparisonCard;
}

export interface CompareOptions {
  readonly extractor: ExtractorParams;
  readonly batchSize: number;
  readonly metrics: readonly FeatureMetric[];
  /** Of KID's random subsets. */
  readonly seed: number;
  /** File that the statistics of `a` are written to. */
  readonly save?: string;
}

type Context = Pick<StageContext<unknown>, 'engine' | 'signal'> & {
  readonly emit: (set: 'a' | 'b', event: Parameters<StageContext<unknown>['emit']>[0]) => void;
};

/**
 * Compares `a` (reference) with `b` (generated). A set with statistics of its own needs no images for fid. Memory: the
 * features of both sets in float32 (400 MB per 50,000 images) where a metric needs them, else a mean and a covariance.
 */
export async function compareSets(
  context: Context,
  a: ImageSet,
  b: ImageSet,
  options: CompareOptions,
): Promise<Comparison> {
  const { metrics, seed, save } = options;
  const withRows = metrics.some(needsRows);
  const extractor = await openExtractor(options.extractor);
  const sides: { readonly set: FeatureSet; readonly facts: SetFacts }[] = [];
  for (const [side, set] of [['a', a] as const, ['b', b] as const]) {
    const emit: StageContext<unknown>['emit'] = (event) => {
      context.emit(side, event);
    };
    sides.push(await featureSetOf({ ...context, emit }, set, extractor, withRows, options.batchSize));
  }
  const [reference, generated] = sides as [(typeof sides)[0], (typeof sides)[0]];
  if (save !== undefined)
    await writeStatistics(save, reference.set.gaussian, {
      extractor: { name: extractor.params.kind, digest: extractor.digest },
      inputSize: extractor.params.inputSize,
      count: reference.facts.count ?? 0,
      preprocessing: reference.facts.preprocessing,
    });
  const { kind, inputSize } = extractor.params;
  return {
    ...scoreFeatures(metrics, { reference: reference.set, generated: generated.set, seed }),
    card: {
      extractor: { name: kind, digest: extractor.digest },
      inputSize,
      resampler: extractors[kind].resampler,
      a: reference.facts,
      b: generated.facts,
      dtype: 'float32 features, float64 statistics',
      comparableWithPublished: extractors[kind].variant === 'fid' && inputSize === 299,
    },
  };
}

/** Statistics that come with a set are taken as they are; else they are of its images. */
async function featureSetOf(
  context: Pick<StageContext<unknown>, 'engine' | 'emit' | 'signal'>,
  { path, digest, images, statistics }: ImageSet,
  extractor: Extractor,
  withRows: boolean,
  batchSize: number,
): Promise<{ set: FeatureSet; facts: SetFacts }> {
  const usable = statistics !== undefined && (images === undefined || isUsable(path, statistics, extractor));
  if (usable) checkSameFeatures(path, statistics, extractor);
  const common = { name: path, digest };
  const known: SetFacts | undefined = usable
    ? {
        ...common,
        count: statistics.origin?.count ?? null,
        preprocessing: statistics.origin?.preprocessing ?? 'unknown',
        statistics: true,
      }
    : undefined;
  if (known !== undefined && (!withRows || images === undefined))
    return { set: { name: path, gaussian: statistics!.gaussian }, facts: known };
  const { count, width, height } = images!;
  const keep = withRows || count <= extractor.dimension;
  const data = new Float32Array(keep ? count * extractor.dimension : 0);
  const moments = new MomentAccumulator(extractor.dimension);
  await extractFeatures(context, extractor, images!, {
    count,
    batchSize,
    write: (rows, start) => {
      if (keep) data.set(rows, start * extractor.dimension);
      else moments.add(rows);
    },
  });
  const gaussian: Gaussian = known
    ? statistics!.gaussian
    : keep
      ? gaussianOf(data, extractor.dimension)
      : moments.finish();
  return {
    set: {
      name: path,
      gaussian,
      ...(withRows ? { rows: { rows: count, cols: extractor.dimension, data } } : {}),
    },
    facts: known ?? { ...common, count, preprocessing: `${width}x${height}, as it is`, statistics: false },
  };
}
