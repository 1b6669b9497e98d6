// Features and spectrum of the real images: what samples are compared with.
import { openPack } from '../datasets/pack.ts';
import { SpectrumAccumulator } from '../metrics/spectra.ts';
import type { ReferenceParams } from '../plan/stage-params.ts';
import { extractFeatures } from './feature-extractor.ts';
import { writeFeatures } from './features-file.ts';
import { toPlanes } from './pixels.ts';
import { inputOf, type Stage } from './stage.ts';
import type { DatasetSummary, ReferenceSummary } from './summaries.ts';

export const referenceStage: Stage<ReferenceParams> = {
  kind: 'reference',
  version: 1,
  async run(context) {
    const { extractor, batchSize } = context.params;
    const dataset = inputOf(context, 'dataset');
    const pack = await openPack(dataset.dir);
    try {
      const count = context.params.count === 0 ? pack.count : Math.min(context.params.count, pack.count);
      const { features, dimension, digest } = await extractFeatures(context, extractor, pack, {
        count,
        batchSize,
      });
      await writeFeatures(context.outputDir, features, dimension);
      const spectrum = new SpectrumAccumulator(pack.size);
      for (let index = 0; index < count; index++)
        spectrum.add(toPlanes(await pack.readBatch([index]), pack.size));
      const { preprocessing } = dataset.summary as unknown as DatasetSummary;
      const summary: ReferenceSummary = {
        count,
        digest: pack.digest,
        preprocessing,
        extractorDigest: digest,
        radial: [...spectrum.finish().power],
      };
      return { summary: { ...summary } };
    } finally {
      await pack.close();
    }
  },
};
