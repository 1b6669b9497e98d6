// All stage kinds. A new stage is one file and one row here.
import type { StageKind, StageParams } from '../plan/stage-params.ts';
import { analyzeStage } from './analyze.ts';
import { autoencoderStage } from './autoencoder.ts';
import { datasetStage } from './dataset.ts';
import { distillStage } from './distill.ts';
import { evaluateStage } from './evaluate.ts';
import { latentsStage } from './latents.ts';
import { referenceStage } from './reference.ts';
import { sampleStage } from './sample.ts';
import type { Stage } from './stage.ts';
import { teacherStage } from './teacher.ts';

export const stages: { readonly [K in StageKind]: Stage<StageParams[K]> } = {
  dataset: datasetStage,
  autoencoder: autoencoderStage,
  latents: latentsStage,
  reference: referenceStage,
  teacher: teacherStage,
  distill: distillStage,
  sample: sampleStage,
  evaluate: evaluateStage,
  analyze: analyzeStage,
};
