// Tells on the cards of a model's scores how its training data differ from latent-diffusion's. The keys of stages do not
// hold it: it follows from the configuration.
import type { Metric, ModelResult } from '../results/manifest.ts';

type Scored = Partial<Pick<ModelResult, 'fid' | 'metrics'>>;

/** `scored` with `deviations` in the notes of its cards. */
export function tellDeviations<T extends Scored>(scored: T, deviations: readonly string[]): T {
  if (deviations.length === 0) return scored;
  const told = `trained with ${deviations.join('; ')}`;
  const noted = ({ value, card }: Metric): Metric => ({
    value,
    card: { ...card, note: card.note === '' ? told : `${card.note}; ${told}` },
  });
  return {
    ...scored,
    ...(scored.fid && { fid: noted(scored.fid) }),
    ...(scored.metrics && {
      metrics: Object.fromEntries(
        Object.entries(scored.metrics).map(([name, metric]) => [name, noted(metric)]),
      ),
    }),
  };
}
