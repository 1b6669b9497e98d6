// Features, statistics and spectrum of the real images: what samples are compared with.
import path from 'node:path';
import { copyFile } from 'node:fs/promises';
import type { ImagePack } from '../../../datasets/pack.ts';
import { featureWork, openExtractor, type Extractor } from '../../features/feature-extractor.ts';
import { featuresFile, gaussianOfFile } from '../../features/features-file.ts';
import { openReferenceImages } from '../../features/reference-images.ts';
import { imagesOf, radialSpectrum } from '../../features/pixel-spectra.ts';
import { packSource } from '../../rows/pixels.ts';
import { computeRows, joinPieces } from '../../rows/rows.ts';
import { stageOf, type StageContext } from '../../stage.ts';
import {
  checkSameFeatures,
  originOf,
  readStatistics,
  writeStatistics,
} from '../../features/statistics-file.ts';
import { reference, statisticsFile, type ReferenceSummary } from './describe.ts';

type Context = StageContext<typeof reference>;

export const referenceStage = stageOf(reference, {
  async run(context) {
    const { extractor: extractorParams, stats } = context.params;
    const { dataset } = context.inputs;
    const extractor = await openExtractor(extractorParams);
    const pack = await openReferenceImages(context.inputs.dataset.dir, context.params);
    try {
      const { kind, preprocessing } = dataset.summary;
      const known =
        stats === undefined
          ? await computeStatistics(context, extractor, pack, preprocessing)
          : await takeStatistics(context, extractor, stats);
      const spectrum = await radialSpectrum(imagesOf(pack));
      const summary: ReferenceSummary = {
        ...known,
        images: context.params.images,
        datasetKind: kind,
        extractorDigest: extractor.digest,
        radial: [...spectrum.power],
      };
      return { summary };
    } finally {
      await pack.close();
    }
  },
  /** Features of a part of the images. */
  async runShard(context, shard) {
    const { params } = context;
    if (params.stats !== undefined) return;
    const extractor = await openExtractor(params.extractor);
    const pack = await openReferenceImages(context.inputs.dataset.dir, context.params);
    try {
      const amount = { count: pack.count, batchSize: params.batchSize };
      await computeRows(context, featureWork(context, extractor, packSource(pack), amount), shard);
    } finally {
      await pack.close();
    }
  },
});

type Known = Pick<ReferenceSummary, 'count' | 'digest' | 'preprocessing' | 'statistics'>;

/** Features of the images, and their statistics where they are not of lower rank than their features. */
async function computeStatistics(
  context: Context,
  extractor: Extractor,
  pack: ImagePack,
  preprocessing: string,
): Promise<Known> {
  const { outputDir, params } = context;
  const { batchSize } = params;
  const { count } = pack;
  const work = featureWork(context, extractor, packSource(pack), { count, batchSize });
  const features = path.join(outputDir, featuresFile);
  await joinPieces((await computeRows(context, work)).pieces, features);
  const known = { count, digest: pack.digest, preprocessing };
  if (count <= extractor.dimension) return { ...known, statistics: 'of-features' };
  const gaussian = await gaussianOfFile(features, extractor.dimension);
  const origin = originOf(extractor, { count, preprocessing });
  await writeStatistics(path.join(outputDir, statisticsFile), gaussian, origin);
  return { ...known, statistics: 'computed' };
}

/** Takes over the statistics of a file. */
async function takeStatistics({ outputDir }: Context, extractor: Extractor, file: string): Promise<Known> {
  const statistics = await readStatistics(file);
  checkSameFeatures(file, statistics, extractor);
  await copyFile(file, path.join(outputDir, statisticsFile));
  const { digest, origin } = statistics;
  return {
    count: origin?.count ?? null,
    digest,
    preprocessing: `statistics from a file${origin === undefined ? ', taken elsewhere' : `: ${origin.preprocessing}`}`,
    statistics: 'file',
  };
}
