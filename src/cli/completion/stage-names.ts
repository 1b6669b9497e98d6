// Lists of stages, separated by commas: `latents,sample:sd`. What is offered are the stages of the experiment on the line
// that the list does not have yet, and the kinds that stand for several of them.
import { validateExperiment } from '../../config/validate.ts';
import { outlinePlan } from '../../plan/outline.ts';
import type { Candidate } from './completion.ts';

/** What `typed` may go on with; nothing where `experiment`, a merged configuration, is not known or not sound. */
export function completeStages(typed: string, experiment: unknown): Candidate[] {
  if (experiment === undefined) return [];
  const { config } = validateExperiment(experiment);
  if (config === undefined) return [];
  const listed = typed.split(',').slice(0, -1);
  const before = listed.map((name) => `${name},`).join('');
  const nodes = outlinePlan(config);
  const kinds = [...new Set(nodes.map(({ kind }) => kind))].filter(
    (kind) => nodes.filter((node) => node.kind === kind).length > 1,
  );
  const names = [
    ...nodes.map(({ id }) => ({ value: id, help: 'stage' })),
    ...kinds
      .filter((kind) => nodes.every(({ id }) => id !== kind))
      .map((kind) => ({ value: kind, help: `every stage ${kind}:...` })),
  ];
  return names
    .filter(({ value }) => !listed.includes(value))
    .map(({ value, help }) => ({ value: before + value, help }));
}
