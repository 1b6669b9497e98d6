// The large model: trained on the noise-prediction loss alone, or loaded from a checkpoint.
import type { UNetConfig } from '../../../models/unet/unet-config.ts';
import { describeStage, optional } from '../../describing/description.ts';
import {
  add,
  conditionCost,
  flopOf,
  isFrozen,
  loaded,
  passesOfTraining,
  tokensOf,
  trained,
  weightBytes,
  withCaptions,
} from '../../describing/estimate.ts';
import {
  checkpointIdentity,
  conditioningIdentity,
  unetIdentity,
  withoutPace,
} from '../../describing/identity.ts';
import type {
  CheckpointParams,
  ConditioningParams,
  DiffusionParams,
  LatentShape,
  TrainingParams,
} from '../../params.ts';
import { modelSummaryNames, resultOfModel, type ModelSummary } from '../../training/summary.ts';
import { dataset } from '../dataset/describe.ts';
import { heldLatents, latents } from '../latents/describe.ts';

/** Exactly one of `train` and `checkpoint` is there. Inputs are those of training; the data set's, conditions. */
export interface TeacherParams {
  readonly unet: UNetConfig;
  readonly conditioning?: ConditioningParams;
  readonly latentShape: LatentShape;
  readonly diffusion: DiffusionParams;
  readonly checkpoint?: CheckpointParams;
  readonly train?: TrainingParams;
}

export const teacher = describeStage<TeacherParams, ModelSummary>()({
  kind: 'teacher',
  version: 1,
  scope: 'model',
  makes: 'teacher',
  seedStream: 'stage/teacher',
  batchSizeKey: 'teacher.train.batchSize',
  inputs: { latents: optional(latents), dataset: optional(dataset) },
  identity({ unet, conditioning, latentShape, diffusion, train, checkpoint }, digests) {
    const network = { unet: unetIdentity(unet), conditioning: conditioningIdentity(conditioning, digests) };
    return checkpoint
      ? { ...network, checkpoint: checkpointIdentity(checkpoint, digests) }
      : { ...network, latentShape, diffusion, train: train && withoutPace(train) };
  },
  estimate({ unet, conditioning, train }, { costs, ...around }) {
    const cost = costs.unet(unet, tokensOf(conditioning));
    const told = conditionCost(costs, conditioning);
    const own = isFrozen(conditioning) ? 0 : told.params;
    if (train === undefined) return loaded(cost, own);
    const flop = passesOfTraining * (flopOf(cost) + (isFrozen(conditioning) ? 0 : flopOf(told)));
    const held = add(heldLatents(around), weightBytes(told.params - own));
    const estimate = trained(cost, flop, train, own, held);
    return withCaptions(estimate, conditioning, told, train, around.images);
  },
  summary: modelSummaryNames,
  result: resultOfModel,
});
