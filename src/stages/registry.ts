// How all kinds of stages run: one row for each row of the catalog. Only this file and `run.ts` of each kind know engines.
import type { catalog } from './catalog.ts';
import { analyzeStage } from './kinds/analyze/run.ts';
import { autoencoderStage } from './kinds/autoencoder/run.ts';
import { convergenceStage } from './kinds/convergence/run.ts';
import { datasetStage } from './kinds/dataset/run.ts';
import { distillStage } from './kinds/distill/run.ts';
import { evaluateStage } from './kinds/evaluate/run.ts';
import { floorStage } from './kinds/floor/run.ts';
import { fourierStage } from './kinds/fourier/run.ts';
import { latentsStage } from './kinds/latents/run.ts';
import { quantizeStage } from './kinds/quantize/run.ts';
import { referenceStage } from './kinds/reference/run.ts';
import { sampleStage } from './kinds/sample/run.ts';
import type { Stage } from './stage.ts';
import { teacherStage } from './kinds/teacher/run.ts';
import { trajectoryStage } from './kinds/trajectory/run.ts';

export const stages: { readonly [K in keyof typeof catalog]: Stage<(typeof catalog)[K]> } = {
  dataset: datasetStage,
  autoencoder: autoencoderStage,
  latents: latentsStage,
  reference: referenceStage,
  teacher: teacherStage,
  distill: distillStage,
  quantize: quantizeStage,
  sample: sampleStage,
  evaluate: evaluateStage,
  floor: floorStage,
  analyze: analyzeStage,
  fourier: fourierStage,
  trajectory: trajectoryStage,
  convergence: convergenceStage,
};
