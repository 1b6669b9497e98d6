// Which results of a plan are in the store already.
import type { PlanNode } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';

/** Of the keys of `nodes` those whose artifacts are published, with a sound manifest; files are not looked at. */
export async function publishedKeys(
  nodes: readonly Pick<PlanNode, 'key'>[],
  store: Store,
): Promise<ReadonlySet<string>> {
  const published = new Set<string>();
  for (const { key } of nodes) if ((await store.find(key)) !== undefined) published.add(key);
  return published;
}
