// The smallest run that has every kind of stage with everything that it writes: three steps of training with checkpoints
// between them, two samples, two pieces of latents. Pieces are as small as stages allow.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { uniform } from '../../src/rng/noise.ts';
import { latentsStageOf } from '../../src/stages/kinds/latents/run.ts';
import { sampleStageOf } from '../../src/stages/kinds/sample/run.ts';
import { stages } from '../../src/stages/registry.ts';
import { writeVariation } from '../support/experiments/family.ts';

export const smallestName = 'smallest';

const train = { steps: 3, batchSize: 1, checkpointEvery: 1, logEvery: 1 };
const side = 16;
/** One more than a piece of latents has. */
const images = 17;

/** Writes the experiment and its images into `folder`; its file. */
export async function writeSmallest(folder: string): Promise<string> {
  await mkdir(path.join(folder, 'images'), { recursive: true });
  for (let i = 0; i < images; i++) {
    const pixels = Uint8Array.from(uniform(7, 'pixels', 0, i, side * side * 3), (u) => 256 * u);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, 'images', `${i}.png`));
  }
  return writeVariation(folder, smallestName, {
    name: smallestName,
    dataset: { kind: 'folder', path: 'images', size: side, categories: null },
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
