// The smallest run that has every kind of stage with everything that it writes: three steps of training with checkpoints
// between them, two samples, two pieces of latents. Pieces are as small as stages allow.
import { latentsStageOf } from '../../src/stages/kinds/latents/run.ts';
import { sampleStageOf } from '../../src/stages/kinds/sample/run.ts';
import { stages } from '../../src/stages/registry.ts';
import { writeVariation } from '../support/experiments/family.ts';
import { writeImages } from './images.ts';

export const smallestName = 'smallest';

const train = { steps: 3, batchSize: 1, checkpointEvery: 1, logEvery: 1 };
/** One more than a piece of latents has. */
const images = 17;

/** Writes the experiment and its images into `folder`; its file. */
export async function writeSmallest(folder: string): Promise<string> {
  await writeImages(folder, images);
  return writeVariation(folder, smallestName, {
    name: smallestName,
    dataset: { kind: 'folder', path: 'images', size: 16, categories: null },
    autoencoder: { train },
    teacher: { train },
    students: { sd: null },
    distill: train,
    sample: { steps: 1, count: 2, batchSize: 1 },
    evaluate: { referenceCount: 4, batchSize: 2, floors: true },
  });
}

/** Runs `work` with stages that cut their work into the smallest pieces. */
export async function withSmallPieces<T>(work: () => Promise<T>): Promise<T> {
  const real = { ...stages };
  Object.assign(stages, { latents: latentsStageOf(16), sample: sampleStageOf(1) });
  try {
    return await work();
  } finally {
    Object.assign(stages, real);
  }
}
