// How a metric was taken. A number without its card cannot be compared with anything, so each carries one, and
// tables mark the cells whose cards differ.
import { createHash } from 'node:crypto';

export interface MetricCard {
  /** Feature extractor and the digest of its weights. */
  readonly extractor: { readonly name: string; readonly digest: string };
  /** Side in pixels of what the extractor sees. */
  readonly inputSize: number;
  /** Resampling from sample size to `inputSize`. */
  readonly resampler: string;
  readonly sampler: string;
  /** Null where the sampler takes none. */
  readonly eta: number | null;
  readonly steps: number;
  /** Network evaluations of each sample, guidance's apart; absent where there is one a step. Follows from what is above. */
  readonly evaluations?: number;
  /** Classifier-free guidance w; null where the model is unconditional. */
  readonly guidanceScale: number | null;
  /** How captions to sample for were drawn, and from how many images; absent where they were not drawn. */
  readonly prompts?: { readonly seed: number; readonly images: number };
  /** Number of generated samples. */
  readonly n: number;
  readonly reference: {
    readonly digest: string;
    /** Null where it is not known: statistics from a file. */
    readonly count: number | null;
    /** What they are to the models; absent in results of earlier versions. */
    readonly images?: 'training' | 'validation' | 'held-out' | 'evaluation';
    readonly preprocessing: string;
  };
  readonly dtype: string;
  /** Whether extractor, n and preprocessing are those of published numbers. */
  readonly comparableWithPublished: boolean;
  /** For the reader; not part of the identity. */
  readonly note: string;
}

/** Identity of a card: 12 hex digits of sha256 over everything but the note. Equal digests may be compared. */
export function cardDigest(card: MetricCard): string {
  const { extractor, reference } = card;
  const identity = [
    [extractor.name, extractor.digest, card.inputSize, card.resampler],
    [card.sampler, card.eta, card.steps, card.guidanceScale, card.n],
    [reference.digest, reference.count, reference.preprocessing, ...(reference.images ? [reference.images] : [])],
    [card.dtype, card.comparableWithPublished],
    ...(card.prompts ? [[card.prompts.seed, card.prompts.images]] : []),
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
}

/** A FID of fewer samples stands together with their number: their covariance lacks rank in 2,048 features. */
const plainSamples = 2048;

/** FIDs of fewer samples are not ranked. */
const rankedSamples = 500;

/** Whether the FID of so many samples stands alone, without their number beside it. */
export function isPlain({ n }: MetricCard): boolean {
  return n >= plainSamples;
}

/** Whether there are enough samples to say of two FIDs which is better. */
export function mayRank({ n }: MetricCard): boolean {
  return n >= rankedSamples;
}

/** A count with thousands separators, independent of locale settings. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

const imagesWord = {
  training: 'training images: scores reward learning by heart',
  validation: 'validation images',
  'held-out': 'held-out images',
  evaluation: 'images of the evaluation set',
  unknown: 'images',
} as const;

/** How often the network predicts for one sample; guidance asks twice each time. */
export function predictionsPerSample({ steps, evaluations = steps, guidanceScale }: MetricCard): number {
  return evaluations * (guidanceScale === null || guidanceScale === 1 ? 1 : 2);
}

/** Steps, noise and guidance in a few words, for tables whose rows differ in them. */
export function describeSampler({ sampler, steps, eta, guidanceScale }: MetricCard): string {
  const guidance = guidanceScale === null ? '' : `, w = ${guidanceScale}`;
  return `${sampler} ${steps}${etaText(eta)}${guidance}`;
}

function etaText(eta: number | null): string {
  return eta === null ? '' : `, η = ${eta}`;
}

function describePrompts(n: number, { seed, images }: NonNullable<MetricCard['prompts']>): string {
  const rule = n <= images ? 'one each' : 'one each first';
  return `${grouped(n)} drawn by seed ${seed} without replacement, of ${grouped(images)} images ${rule}`;
}

/** The card as label and value pairs, for tables and footnotes. */
export function cardFacts(card: MetricCard): readonly (readonly [string, string])[] {
  const { extractor, reference } = card;
  return [
    ['extractor', `${extractor.name} (weights ${extractor.digest.slice(0, 12)})`],
    ['input', describeInput(card)],
    ...samplerFacts(card),
    ['samples', grouped(card.n)],
    ...(card.prompts ? [['captions', describePrompts(card.n, card.prompts)] as const] : []),
    [
      'reference',
      `${reference.count === null ? 'unknown number of' : grouped(reference.count)} ${imagesWord[reference.images ?? 'unknown']} (${reference.digest.slice(0, 12)}), ${reference.preprocessing}`,
    ],
    ['dtype', card.dtype],
  ];
}

/** Side of the images that the networks of published scores are shown. */
export const publishedInputSize = 299;

/** What the extractor is shown; sides that nobody publishes are called so. */
export function describeInput({ inputSize, resampler }: Pick<MetricCard, 'inputSize' | 'resampler'>): string {
  const other =
    inputSize === publishedInputSize
      ? ''
      : `, another measure than at ${publishedInputSize}×${publishedInputSize}`;
  return `${inputSize}×${inputSize}, ${resampler}${other}`;
}

/** Real images were drawn in no steps. */
function samplerFacts({ sampler, steps, evaluations, eta, guidanceScale }: MetricCard): [string, string][] {
  if (steps === 0) return [['sampler', sampler]];
  return [
    ['sampler', `${sampler}, ${steps} steps${evaluations === undefined ? '' : ` of ${evaluations} network evaluations`}${etaText(eta)}`],
    ['guidance', guidanceScale === null ? 'none' : `w = ${guidanceScale}`],
  ];
}

/** The card in one line. */
export function describeCard(card: MetricCard): string {
  const facts = cardFacts(card).map(([label, value]) => `${label}: ${value}`);
  return [...facts, ...(card.note === '' ? [] : [card.note])].join('; ');
}
