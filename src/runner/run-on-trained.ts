// Stages beside a run's own, on models that the run has trained: drawing other samples, analyzing. Nothing is trained.
import { damageText, type Damage } from '../store/damage.ts';
import type { StoredArtifact } from '../store/store.ts';
import { InvariantError, UserError } from '../errors.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { ancestorsOf } from '../plan/select.ts';
import { quantize } from '../stages/kinds/quantize/describe.ts';
import { runPlan, type RunOptions } from './run-plan.ts';

export interface RunOnTrainedOptions extends Omit<RunOptions, 'team' | 'sharded'> {
  /** Holds what `nodes` need. */
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  /** Names the record of the run. */
  readonly name: string;
  /** What to do about a model that is not trained. */
  readonly hint: string;
}

/**
 * The artifacts of `nodes`, in their order, run where they are not stored. Throws UserError('input') where something that
 * one of them needs is not in the store or is damaged, a failed stage's own error, and as runPlan does.
 */
export async function runOnTrained(options: RunOnTrainedOptions): Promise<StoredArtifact[]> {
  const { plan, nodes, name, hint, store } = options;
  const needed = ancestorsOf(plan, nodes);
  const present = new Set<PlanNode>();
  for (const node of needed) {
    const found = await store.examine(node.key, options.signal);
    if (found !== undefined) present.add(node);
    if (found !== undefined && found.damages.length > 0) throw damagedArtifact(node.id, found.damages, hint);
  }
  for (const node of nodes) {
    const missing = ancestorsOf(plan, [node]).find(
      (ancestor) => !present.has(ancestor) && ancestor.kind !== quantize.kind, // is measured and not trained
    );
    if (missing !== undefined)
      throw new UserError(
        'input',
        `the model ${node.name} is not trained yet: ${missing.id} is not in the store`,
        { hint },
      );
  }
  const outcome = await runPlan({ ...options, plan: { experiment: name, nodes: [...needed, ...nodes] } });
  return nodes.map(({ id }) => {
    const ended = outcome.nodes[id];
    if (ended !== undefined && 'artifact' in ended) return ended.artifact;
    throw ended !== undefined && 'error' in ended ? ended.error : new InvariantError(`${id} did not end`);
  });
}

/** The error for an artifact that must not be used and is not made again here; `hint` says how it is. */
export function damagedArtifact(id: string, damages: readonly Damage[], hint: string): UserError {
  return new UserError('input', `the stored artifact of ${id} is damaged: ${damageText(damages)}`, { hint });
}
