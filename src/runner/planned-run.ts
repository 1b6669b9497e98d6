// What a run would do, stage by stage: which are in the store, why the others run, and what they ask of a machine.
import { explainPlan, type Explanation } from '../plan/explain.ts';
import type { StageEstimate } from '../plan/estimate.ts';
import type { PlanNode } from '../plan/plan.ts';
import { estimatesOf, type ImageCount } from './estimate-plan.ts';
import type { Requirement } from './preflight.ts';
import type { PreparePlanOptions } from './prepare-plan.ts';
import { readRunRecord } from './run-record.ts';
import { tentativePlan } from './tentative-plan.ts';

/** One stage of a plan with all that is said about it. */
export interface PlannedStage {
  readonly node: PlanNode;
  /** Absent where it stands on something missing. */
  readonly key?: string;
  readonly explanation: Explanation;
  readonly estimate: StageEstimate;
}

export interface PlannedRun {
  /** In the order of the plan. */
  readonly stages: readonly PlannedStage[];
  /** What has to be there before the experiment can run. */
  readonly missing: readonly Requirement[];
  /** By id of the dataset's node. */
  readonly images: Readonly<Record<string, ImageCount>>;
}

/** Computes nothing, and writes nothing but remembered digests. Throws as tentativePlan does. */
export async function plannedRun(options: PreparePlanOptions): Promise<PlannedRun> {
  const { store } = options;
  const { plan, missing, unknownKeys } = await tentativePlan(options);
  const estimate = await estimatesOf(plan, store);
  const cached = new Set<string>();
  for (const { key } of plan.nodes) if (await store.find(key)) cached.add(key);
  const last = await readRunRecord(store.runFile(plan.experiment));
  const explanations = explainPlan(plan, cached, last?.nodes);
  const stages = plan.nodes.map((node, i): PlannedStage => {
    const explanation = explanations[i]!;
    const shared = { node, estimate: estimate.stages[i]! };
    return unknownKeys.has(node.id)
      ? { ...shared, explanation: { ...explanation, why: 'stands on what is missing' } }
      : { ...shared, key: node.key, explanation };
  });
  return { stages, missing, images: estimate.images };
}
