// Artifacts of a finished run, read by what comes after it: kept in the store meanwhile, and whole.
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { StoredArtifact } from '../store/store.ts';
import type { Use } from '../store/uses.ts';
import { preparePlan, type PreparePlanOptions } from './prepare-plan.ts';
import { damagedArtifact } from './run-on-trained.ts';
import { useOf } from './while-using.ts';

export interface Held {
  /** Keeps the artifacts in the store; to be released when they have been read. */
  readonly use: Use;
}

export interface HeldArtifactsOptions extends PreparePlanOptions {
  readonly signal: AbortSignal;
  /** What to do about an artifact that is not there, or damaged. */
  readonly hint: string;
}

/** The artifact of a node; undefined where it is not stored. Throws UserError('input') where it is damaged. */
export type SoundArtifact = (node: PlanNode | undefined) => Promise<StoredArtifact | undefined>;

/**
 * What `find` finds in the plan of the experiment; the plan's artifacts stay in use until `use` is released. Throws what
 * `find` throws, and as preparePlan does.
 */
export async function holdArtifacts<T extends object>(
  options: HeldArtifactsOptions,
  find: (plan: Plan, sound: SoundArtifact) => Promise<T>,
): Promise<T & Held> {
  const { store, signal, hint } = options;
  const plan = await preparePlan(options);
  const use = await useOf({ ...options, plan, onEvent: () => undefined });
  const sound: SoundArtifact = async (node) => {
    const found = node && (await store.examine(node.key, signal));
    if (found && found.damages.length > 0) throw damagedArtifact(node.id, found.damages, hint);
    return found?.artifact;
  };
  return find(plan, sound).then(
    (found) => ({ ...found, use }),
    async (error: unknown) => {
      await use.release();
      throw error;
    },
  );
}
