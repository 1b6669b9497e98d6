// Whether the stage keys of results follow from their configuration, this version, and the data as they are now.
import path from 'node:path';
import { nodeId } from '../plan/plan.ts';
import type { Store } from '../store/store.ts';
import { mapPaths } from '../config/paths.ts';
import { validateExperiment } from '../config/validate.ts';
import { compilePlan, type Externals } from '../plan/compile.ts';
import type { StageKind } from '../stages/catalog.ts';
import { UserError } from '../errors.ts';
import { takeExternals } from '../runner/prepare-plan.ts';
import type { AnyStage } from '../stages/stage.ts';
import { outsideOf } from '../sweep/plan-sweep.ts';
import { type Mismatch, type Subject } from './subject.ts';

export interface PlanChecked {
  /** Stages whose keys were compared. */
  readonly count: number;
  readonly mismatches: readonly Mismatch[];
  /** Why nothing could be compared: data or files are not here. */
  readonly skipped?: string;
}

export interface CheckPlanOptions {
  readonly subjects: readonly Subject[];
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly signal: AbortSignal;
}

/** Compiles every configuration again and compares keys. */
export async function checkPlans({ subjects, base, ...options }: CheckPlanOptions): Promise<PlanChecked> {
  const known = new Map<string, Externals>();
  const mismatches: Mismatch[] = [];
  let count = 0;
  try {
    for (const { label, config: relative, stages } of subjects) {
      const { config: whole, issues } = validateExperiment(relative);
      if (issues) {
        const problem = `the configuration in the manifest is not valid: ${issues[0]?.message ?? ''}`;
        mismatches.push({ what: label, problem });
        continue;
      }
      const config = mapPaths(whole, (found) => path.resolve(base, found));
      const outside = outsideOf(config);
      const externals = known.get(outside) ?? (await takeExternals({ config, ...options }));
      known.set(outside, externals);
      const keys = new Map(compilePlan(config, externals).nodes.map(({ id, key }) => [id, key]));
      count += stages.length;
      // One cause changes all keys after it: the first says enough.
      const changed = stages.filter((stage) => keys.get(nodeId(stage)) !== stage.key);
      if (changed.length > 0)
        mismatches.push({
          what: label,
          problem: `the configuration now gives another key for ${changed.map(nodeId).join(', ')}`,
        });
    }
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'input') throw error;
    return { count: 0, mismatches, skipped: error.message };
  }
  return { count, mismatches };
}
