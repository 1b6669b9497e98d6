// What people note of an experiment: no part of what it is.
import type { Experiment } from '../config/types.generated.ts';

export interface Labels {
  readonly tags?: readonly string[];
  readonly notes?: string;
}

/** The labels of `config`; members that it does not have are absent. */
export function labelsOf({ tags, notes }: Pick<Experiment, 'tags' | 'notes'>): Labels {
  return { ...(tags && tags.length > 0 && { tags }), ...(notes !== undefined && { notes: notes.trim() }) };
}

/** `Tags: a, b.` and the notes; nothing where there are none. */
export function labelTexts({ tags, notes }: Labels): string[] {
  return [...(tags ? [`Tags: ${tags.join(', ')}.`] : []), ...(notes === undefined ? [] : [notes])];
}
