// The artifact of a model that a run has trained or loaded, as it lies in the store: whole, or told what to do about it.
import { UserError } from '../errors.ts';
import { nodesOf, type PlanNode } from '../plan/plan.ts';
import { catalog } from '../stages/catalog.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import { latents } from '../stages/kinds/latents/describe.ts';
import type { StoredArtifact } from '../store/store.ts';
import { holdArtifacts, type Held, type HeldArtifactsOptions } from './held-artifacts.ts';

export interface TrainedModel extends Held {
  readonly artifact: StoredArtifact;
  /** What latents are multiplied by; undefined before they have been made. */
  readonly scaleFactor: number | undefined;
}

export interface TrainedModelOptions extends HeldArtifactsOptions {
  /** `autoencoder`, `teacher`, or the name of a student. */
  readonly model: string;
}

/** Throws UserError('input') where the model is not in the store or is damaged, and as preparePlan does. */
export function trainedModel(options: TrainedModelOptions): Promise<TrainedModel> {
  const { model, hint } = options;
  return holdArtifacts(options, async ({ nodes }, sound) => {
    const artifact = await sound(nodes.find((node) => makes(node, model)));
    if (artifact === undefined) throw notTrained(model, hint);
    const encoded = await sound(nodesOf(nodes, latents)[0]);
    return { artifact, scaleFactor: encoded && summaryOf(latents, encoded).scaleFactor };
  });
}

/** Whether the node trains or loads the network `model`. */
function makes({ kind, name }: PlanNode, model: string): boolean {
  return catalog[kind].makes !== undefined && name === model;
}

/** The error for a model that is not in the store. */
export function notTrained(model: string, hint: string): UserError {
  return new UserError('input', `the model ${model} is not trained or loaded yet`, { hint });
}
