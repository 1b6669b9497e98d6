// Runs chosen stages of an experiment and what they need, or one part of them: several processes, on one machine or
// many, then share a stage, and a plain run gathers what they have done.
import type { Experiment } from '../config/types.generated.ts';
import { UserError } from '../errors.ts';
import type { PlanNode } from '../plan/plan.ts';
import { ancestorsOf, selectNodes, withAncestors } from '../plan/select.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { Shard } from '../stages/rows/shard.ts';
import type { AnyStage } from '../stages/stage.ts';
import { preflight } from './preflight.ts';
import { preparePlan } from './prepare-plan.ts';
import type { RunExperimentOptions } from './run-experiment.ts';
import { runPlan, type RunOutcome } from './run-plan.ts';
import { trainingNeeds } from './training-needs.ts';

export interface RunStagesOptions extends Omit<RunExperimentOptions, 'file' | 'configDigest' | 'resultsDir'> {
  readonly config: Experiment;
  /** Kinds or ids. */
  readonly names: readonly string[];
  /** Only this part of them; what they need is run whole. */
  readonly shard?: Shard;
}

export interface StagesRun {
  readonly chosen: readonly PlanNode[];
  readonly outcome: RunOutcome;
}

/** Writes no results. Throws as runPlan does, and UserError('usage') for stages that are not there or cannot be shared. */
export async function runStages(options: RunStagesOptions): Promise<StagesRun> {
  const { config, store, stages, signal, names, shard } = options;
  await preflight(config);
  await store.prepare();
  const plan = await preparePlan({ config, store, stages, signal });
  const chosen = selectNodes(plan, names);
  if (shard !== undefined) checkParts(chosen, ancestorsOf(plan, chosen), stages);
  const outcome = await runPlan({
    ...options,
    ...trainingNeeds(config, options.team),
    plan: {
      experiment: stagesRunName(plan.experiment, names, shard),
      nodes: withAncestors(plan, chosen),
    },
    ...(shard && { sharded: { stages: new Set(chosen.map(({ id }) => id)), shard } }),
  });
  return { chosen, outcome };
}

/** Under which a run of stages is recorded: a name of its own, so that the record of the experiment's last run stays. */
export function stagesRunName(experiment: string, names: readonly string[], shard?: Shard): string {
  const run = [experiment, ...names, ...(shard ? [`${shard.number}-of-${shard.of}`] : [])];
  return run.join('-').replaceAll(':', '-');
}

function checkParts(
  chosen: readonly PlanNode[],
  needed: readonly PlanNode[],
  stages: Readonly<Record<StageKind, AnyStage>>,
): void {
  const divisible = Object.values(stages).filter((stage) => stage.runShard !== undefined);
  const whole = chosen.find(({ kind }) => stages[kind].runShard === undefined);
  if (whole !== undefined)
    throw new UserError('usage', `${whole.id} cannot be done in shards`, {
      hint: `${divisible.map(({ kind }) => kind).join(', ')} can`,
    });
  const first = chosen.find((node) => needed.includes(node));
  const next = chosen.find(({ inputs }) => first !== undefined && Object.values(inputs).includes(first.id));
  if (first !== undefined && next !== undefined)
    throw new UserError('usage', `a shard of ${next.id} needs all of ${first.id}`, {
      hint: `first do all shards of ${first.id}, then those of ${next.id}`,
    });
}
