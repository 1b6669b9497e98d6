// The estimates of a plan with what this machine knows: the costs of the networks, and the images that are there.
import type { Store } from '../store/store.ts';
import { glanceImages, publishedOf } from '../datasets/check-dataset.ts';
import type { DatasetConfig } from '../datasets/open-dataset.ts';
import { publishedDatasets } from '../datasets/published.ts';
import { UserError } from '../errors.ts';
import { estimatePlan, type StageEstimate } from '../plan/estimate.ts';
import { nodesOf, type Plan, type PlanNode } from '../plan/plan.ts';
import { dataset } from '../stages/kinds/dataset/describe.ts';
import { tracingCostModel } from '../stages/networks/cost-model.ts';

/** How many images a data set has, and how that is known. */
export interface ImageCount {
  readonly count: number | undefined;
  /** `store`: counted by an earlier run; `here`: as many as there are files or entries; `published`: not here yet. */
  readonly source: 'store' | 'here' | 'published' | 'unknown';
}

export interface PlanEstimate {
  /** In the order of the plan. */
  readonly stages: readonly StageEstimate[];
  /** By id of the dataset's node. */
  readonly images: Readonly<Record<string, ImageCount>>;
}

/** Estimates every stage of `plan`. Traces each network once; allocates no weights. */
export async function estimatesOf(
  plan: Plan,
  store: Store,
  costs = tracingCostModel(),
): Promise<PlanEstimate> {
  const images: Record<string, ImageCount> = {};
  for (const node of nodesOf(plan.nodes, dataset)) images[node.id] = await imagesOf(node, store);
  const counts = Object.fromEntries(Object.entries(images).map(([id, { count }]) => [id, count]));
  return { stages: estimatePlan(plan, { costs, images: counts }), images };
}

async function imagesOf(
  { key, params: { dataset } }: PlanNode<'dataset'>,
  store: Store,
): Promise<ImageCount> {
  const stored = (await store.find(key))?.summary['count'];
  if (typeof stored === 'number') return { count: stored, source: 'store' };
  const here = await countHere(dataset);
  if (here !== undefined) return { count: here, source: 'here' };
  const published = publishedOf(dataset);
  const count = published && publishedDatasets[published].images;
  return count === undefined ? { count, source: 'unknown' } : { count, source: 'published' };
}

/** Undefined where the images are not here, or where counting them would take long. */
async function countHere(dataset: DatasetConfig): Promise<number | undefined> {
  try {
    return await glanceImages(dataset);
  } catch (error) {
    if (error instanceof UserError) return undefined; // preflight says what is wrong
    throw error;
  }
}
