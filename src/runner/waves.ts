// How a cluster runs an experiment whose large stages are shared by many jobs: waves that follow one another. What can
// be done in shards makes a wave of as many jobs as there are shards; what cannot, and the gathering of shards, one job.
//
//   dataset, autoencoder | latents 1/4 .. 4/4 | latents, teacher, distill | sample 1/4 .. 4/4 | the rest
import type { PlanNode } from '../plan/plan.ts';

export interface Wave {
  /** The same whatever is done already: counts the waves of the whole from 1. */
  readonly number: number;
  readonly kind: 'whole' | 'shards';
  /** Node ids, in the order of the plan. */
  readonly ids: readonly string[];
}

/**
 * The waves of `nodes`, given in the order of the plan, before the last one, which is a plain run. `isDivisible`:
 * whether a node can be done in shards.
 */
export function planWaves(nodes: readonly PlanNode[], isDivisible: (node: PlanNode) => boolean): Wave[] {
  // Waves of whole stages have even indices, waves of shards odd ones.
  const indices = new Map<string, number>();
  for (const node of nodes) {
    const inputs = Object.values(node.inputs).map((id) => indices.get(id) ?? 0);
    // Shards count once they are gathered, in the wave after theirs.
    const ready = Math.max(0, ...inputs.map((index) => (isOdd(index) ? index + 1 : index)));
    indices.set(node.id, isDivisible(node) ? ready + 1 : ready);
  }
  const last = Math.max(-1, ...indices.values());
  const of = (index: number): string[] => nodes.flatMap(({ id }) => (indices.get(id) === index ? [id] : []));
  const waves = Array.from({ length: last + 1 }, (_, index): Wave => {
    const number = index + 1;
    return isOdd(index)
      ? { number, kind: 'shards', ids: of(index) }
      : { number, kind: 'whole', ids: [...of(index - 1), ...of(index)] };
  });
  // A plain run at the end does the whole stages of the last wave anyway.
  return waves.filter(({ kind, ids }, index) => ids.length > 0 && !(kind === 'whole' && index === last));
}

function isOdd(index: number): boolean {
  return index % 2 === 1;
}
