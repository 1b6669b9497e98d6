// How two sets of images outside any experiment were compared: what `sdx fid` prints beside its numbers.
import { describeInput, grouped } from './metric-card.ts';

export interface SetFacts {
  /** As the user named it. */
  readonly name: string;
  /** sha256 of the contents, hex. */
  readonly digest: string;
  /** Images; null where a file of statistics does not say. */
  readonly count: number | null;
  readonly preprocessing: string;
  /** Whether mean and covariance came ready from a file. */
  readonly fromStatistics: boolean;
}

export interface ComparisonCard {
  /** Null where only statistics are compared and no file says which network they are of. */
  readonly extractor: {
    readonly name: string;
    /** sha256 of the weights, hex. */
    readonly digest: string;
    /** Side in pixels of what the extractor sees. */
    readonly inputSize: number;
    /** Resampling from the images' size to `inputSize`. */
    readonly resampler: string;
  } | null;
  readonly a: SetFacts;
  readonly b: SetFacts;
  readonly dtype: string;
  /** Whether extractor and input size are those of published numbers; the number of images is the reader's to judge. */
  readonly comparableWithPublished: boolean;
}

function describeSet({ name, digest, count, preprocessing, fromStatistics }: SetFacts): string {
  const images = count === null ? 'an unknown number of images' : `${grouped(count)} images`;
  const source = fromStatistics ? 'statistics of ' : '';
  return `${name}: ${source}${images} (${digest.slice(0, 12)}), ${preprocessing}`;
}

/** The card as label and value pairs. */
export function comparisonFacts(card: ComparisonCard): readonly (readonly [string, string])[] {
  const { extractor, a, b, dtype } = card;
  return [
    ...(extractor === null
      ? [['extractor', 'unknown: the statistics do not say'] as const]
      : [
          ['extractor', `${extractor.name} (weights ${extractor.digest.slice(0, 12)})`] as const,
          ['input', describeInput(extractor)] as const,
        ]),
    ['a', describeSet(a)],
    ['b', describeSet(b)],
    ['dtype', dtype],
    ['published', card.comparableWithPublished ? 'same network and input size' : 'not comparable'],
  ];
}
