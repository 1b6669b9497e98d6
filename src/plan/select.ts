// Parts of a plan: stages by name, and what they need.
import { UserError } from '../errors.ts';
import type { Plan, PlanNode } from './plan.ts';

/** The nodes that `nodes` need, directly or through others, without themselves; in the order of the plan. */
export function ancestorsOf(plan: Plan, nodes: readonly PlanNode[]): PlanNode[] {
  const wanted = new Set(nodes.flatMap(({ inputs }) => Object.values(inputs)));
  return plan.nodes
    .toReversed()
    .filter((candidate) => {
      if (!wanted.has(candidate.id)) return false;
      for (const id of Object.values(candidate.inputs)) wanted.add(id);
      return true;
    })
    .toReversed();
}

/** The nodes of the ids or kinds `names`, in the order of the plan. Throws UserError('usage') where one fits none. */
export function selectNodes(plan: Plan, names: readonly string[]): PlanNode[] {
  const fits = ({ id, kind }: PlanNode, name: string): boolean => id === name || kind === name;
  for (const name of names)
    if (!plan.nodes.some((node) => fits(node, name)))
      throw new UserError('usage', `the experiment has no stage ${name}`, {
        hint: `give a kind or one of ${plan.nodes.map(({ id }) => id).join(', ')}`,
      });
  return plan.nodes.filter((node) => names.some((name) => fits(node, name)));
}

/** `nodes` and all that they need, in the order of the plan. */
export function withAncestors(plan: Plan, nodes: readonly PlanNode[]): PlanNode[] {
  const wanted = new Set([...ancestorsOf(plan, nodes), ...nodes]);
  return plan.nodes.filter((node) => wanted.has(node));
}
