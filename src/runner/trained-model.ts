// The artifact of a model that a run has trained or loaded, as it lies in the store: whole, or told what to do about it.
import { UserError } from '../errors.ts';
import { nodesOf, type Plan, type PlanNode } from '../plan/plan.ts';
import { catalog } from '../stages/catalog.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { latents } from '../stages/kinds/latents/describe.ts';
import type { StoredArtifact } from '../store/store.ts';
import type { Use } from '../store/uses.ts';
import { preparePlan, type PreparePlanOptions } from './prepare-plan.ts';
import { damagedArtifact } from './run-on-trained.ts';
import { useOf } from './while-using.ts';

export interface TrainedModel {
  readonly artifact: StoredArtifact;
  /** What latents are multiplied by; undefined before they have been made. */
  readonly scaleFactor: number | undefined;
  /** Keeps the artifact in the store; to be released when it has been read. */
  readonly use: Use;
}

export interface TrainedModelOptions extends PreparePlanOptions {
  /** `autoencoder`, `teacher`, or the name of a student. */
  readonly model: string;
  readonly signal: AbortSignal;
  /** What to do about a model that is not there, or damaged. */
  readonly hint: string;
}

/** Throws UserError('input') where the model is not in the store or is damaged, and as preparePlan does. */
export async function trainedModel(options: TrainedModelOptions): Promise<TrainedModel> {
  const plan = await preparePlan(options);
  const use = await useOf({ ...options, plan, onEvent: () => undefined });
  return findModel(plan, options).then(
    (found) => ({ ...found, use }),
    async (error: unknown) => {
      await use.release();
      throw error;
    },
  );
}

async function findModel(
  { nodes }: Plan,
  { model, hint, store, signal }: TrainedModelOptions,
): Promise<Omit<TrainedModel, 'use'>> {
  const soundArtifact = async (node: PlanNode | undefined): Promise<StoredArtifact | undefined> => {
    const found = node && (await store.examine(node.key, signal));
    if (found && found.damages.length > 0) throw damagedArtifact(node.id, found.damages, hint);
    return found?.artifact;
  };
  const artifact = await soundArtifact(
    nodes.find(({ kind, name }) => catalog[kind].makes !== undefined && name === model),
  );
  if (artifact === undefined)
    throw new UserError('input', `the model ${model} is not trained or loaded yet`, { hint });
  const encoded = await soundArtifact(nodesOf(nodes, latents)[0]);
  return { artifact, scaleFactor: encoded && summaryOf(latents, encoded).scaleFactor };
}
