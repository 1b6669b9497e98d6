// The terms of the distillation loss. A new one is a file here, a row below, and its switch and settings in the schema.
import { frequencyTerm, type FrequencySettings } from './frequency.ts';
import type { LossTerm } from './loss-term.ts';
import { spatialTerm, type SpatialSettings } from './spatial.ts';

export type TermSettings = SpatialSettings & FrequencySettings;

/** By the names of their switches, in the order in which they are added up and reported. */
const terms = { spatial: spatialTerm, freq: frequencyTerm } as const;

export type TermName = keyof typeof terms;

/**
 * The terms of a student's loss: those that `switches` put on and whose weight is not 0. A term that is not in the list
 * is off, and nothing is computed for it.
 */
export function lossTerms(
  switches: Readonly<Record<TermName, boolean>>,
  settings: TermSettings,
): LossTerm<TermName>[] {
  return Object.entries(terms).flatMap(([name, make]) => {
    const term = make(settings);
    return switches[name as TermName] && term.lambda !== 0 ? [term] : [];
  });
}
