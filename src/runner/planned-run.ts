// What a run would do, stage by stage: which are in the store, why the others run, and what they ask of a machine.
import { engineOptions } from '../engine/engine-options.ts';
import { explainPlan, type Explanation } from '../plan/explain.ts';
import type { StageEstimate } from '../plan/estimate.ts';
import type { PlanNode } from '../plan/plan.ts';
import { stageTime, type StageTime, type Stopped } from '../plan/stage-times.ts';
import type { CostModel } from '../stages/describing/estimate.ts';
import { tracingCostModel } from '../stages/networks/cost-model.ts';
import { estimatesOf, type ImageCount } from './estimate-plan.ts';
import { fitTraining, machineOf, type FittedTraining, type Machine } from './fit-memory.ts';
import type { Requirement } from './preflight.ts';
import type { PreparePlanOptions } from './prepare-plan.ts';
import { publishedKeys } from './published-keys.ts';
import { readRunRecord } from './run-record.ts';
import { tentativePlan } from './tentative-plan.ts';
import { stoppedTraining, timedStages } from './timed-stages.ts';

/** One stage of a plan with all that is said about it. */
export interface PlannedStage {
  readonly node: PlanNode;
  /** Absent where it stands on something missing. */
  readonly key?: string;
  readonly explanation: Explanation;
  readonly estimate: StageEstimate;
  /** How long it will take here; absent where it need not run, and where nothing tells. */
  readonly time?: StageTime;
  /** The memory that its training is predicted to take; absent where it will not train a noise predictor, or nobody can tell. */
  readonly training?: FittedTraining;
}

export interface PlannedRun {
  /** In the order of the plan. */
  readonly stages: readonly PlannedStage[];
  /** What has to be there before the experiment can run. */
  readonly missing: readonly Requirement[];
  /** By id of the dataset's node. */
  readonly images: Readonly<Record<string, ImageCount>>;
  /** What trainings have to fit into; absent for engines whose memory is not predicted. */
  readonly machine?: Machine;
}

export interface PlannedRunOptions extends PreparePlanOptions {
  /** Tries how fast this machine trains: operations a second; undefined where none of the stages trains. */
  readonly tryTraining?: (stages: readonly PlannedStage[]) => Promise<number | undefined>;
}

/**
 * Computes nothing unless told to try this machine, and writes nothing but remembered digests. Throws as tentativePlan
 * does.
 */
export async function plannedRun(options: PlannedRunOptions): Promise<PlannedRun> {
  const { store } = options;
  const { plan, missing, unknownKeys } = await tentativePlan(options);
  const costs = tracingCostModel();
  const estimate = await estimatesOf(plan, store, costs);
  const last = await readRunRecord(store.runFile(plan.experiment));
  const explanations = explainPlan(plan, await publishedKeys(plan.nodes, store), last?.nodes);
  const machine = machineOf(options.config);
  const stages = plan.nodes.map((planned, i): PlannedStage => {
    const explanation = explanations[i]!;
    const training = machine && explanation.state === 'will-run' ? fitTraining(planned, machine) : undefined;
    const node = training?.node ?? planned;
    const shared = {
      node,
      estimate: estimate.stages[i]!,
      ...(training && { training: training.fitted }),
    };
    return unknownKeys.has(node.id)
      ? { ...shared, explanation: { ...explanation, why: 'stands on what is missing' } }
      : { ...shared, key: node.key, explanation };
  });
  return {
    stages: await withTimes(stages, options, costs),
    missing,
    images: estimate.images,
    ...(machine && { machine }),
  };
}

async function withTimes(
  stages: readonly PlannedStage[],
  { config, store, tryTraining }: PlannedRunOptions,
  costs: CostModel,
): Promise<readonly PlannedStage[]> {
  const toRun = stages.filter(({ explanation }) => explanation.state === 'will-run');
  if (toRun.length === 0) return stages;
  const timed = await timedStages(store, engineOptions(config), costs);
  const stopped = new Map<string, Stopped>();
  for (const { key, node, estimate } of toRun) {
    const steps = estimate.amount?.unit === 'steps' ? estimate.amount.count : undefined;
    const found = key !== undefined && steps ? await stoppedTraining(store, key, steps) : undefined;
    if (found !== undefined) stopped.set(node.id, found);
  }
  const timeOf = ({ node, estimate }: PlannedStage, probed?: number): StageTime | undefined =>
    stageTime({ kind: node.kind, estimate }, timed, { stopped: stopped.get(node.id), probed });
  const guessed = toRun.some((stage) => (timeOf(stage)?.by ?? 'others') === 'others');
  const probed = guessed ? await tryTraining?.(toRun) : undefined;
  return stages.map((stage) => {
    const time = toRun.includes(stage) ? timeOf(stage, probed) : undefined;
    return time ? { ...stage, time } : stage;
  });
}
