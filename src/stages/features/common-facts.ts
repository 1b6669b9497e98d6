// What the cards of all scores of features have in common.
import { extractors } from '../../models/inception/inception-extractor.ts';
import { publishedInputSize, type MetricCard } from '../../results/metric-card.ts';
import type { ReferenceSummary } from '../kinds/reference/describe.ts';
import type { ExtractorParams } from '../params.ts';

/** The extractor and the reference, as cards tell them. */
export function commonFacts(
  extractor: ExtractorParams,
  digest: string,
  reference: Pick<ReferenceSummary, 'digest' | 'count' | 'images' | 'preprocessing'>,
): Pick<MetricCard, 'extractor' | 'inputSize' | 'resampler' | 'reference' | 'dtype'> {
  const { digest: ofImages, count, preprocessing } = reference;
  return {
    extractor: { name: extractor.kind, digest },
    inputSize: extractor.inputSize,
    resampler: extractors[extractor.kind].resampler,
    reference: {
      digest: ofImages,
      count,
      ...(reference.images && { images: reference.images }),
      preprocessing,
    },
    dtype: 'float32 features, float64 statistics',
  };
}

/** Whether the extractor sees images as those of published scores do. */
export function isPublished({ kind, inputSize }: ExtractorParams): boolean {
  return extractors[kind].variant === 'fid' && inputSize === publishedInputSize;
}
