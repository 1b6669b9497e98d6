// Metric cards as footnotes: every card of a table has a letter, and cells whose letters differ must not be compared.
import type { Measurements, Metric } from '../../results/manifest.ts';
import { cardDigest, type MetricCard } from '../../results/metric-card.ts';

export interface MarkedCard {
  /** Footnote letter. */
  readonly mark: string;
  readonly digest: string;
  readonly card: MetricCard;
}

/** Every card of what was measured with its letter, in order of appearance. */
export function markedCards(measured: readonly Measurements[]): MarkedCard[] {
  const metrics = measured.flatMap((model): Metric[] => [
    ...(model.fid ? [model.fid] : []),
    ...Object.values(model.metrics ?? {}),
  ]);
  const byDigest = new Map(metrics.map(({ card }) => [cardDigest(card), card] as const));
  return [...byDigest].map(([digest, card], index) => ({ mark: letter(index), digest, card }));
}

/** a, b, ..., z, aa, bb, ... */
function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + (index % 26)).repeat(1 + Math.floor(index / 26));
}
