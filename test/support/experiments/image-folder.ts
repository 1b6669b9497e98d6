// A small real experiment: a folder of images, an autoencoder, a teacher and a student with all terms, some steps each.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { uniform } from '../../../src/rng/noise.ts';
import { writeVariation } from './family.ts';

const side = 16;

/**
 * epsilon is large: AdamW divides by the gradient's size, so with a small one the rounding noise in gradients that are
 * exactly zero in theory (biases before a normalisation) moves weights by whole steps, in any arithmetic.
 */
const training = {
  steps: 20,
  batchSize: 4,
  learningRate: 1e-3,
  epsilon: 1e-3,
  emaDecay: 0.9,
  gradClip: 1,
  checkpointEvery: 4,
  logEvery: 1,
};

const onImages = {
  seed: null,
  threads: null,
  dataset: { kind: 'folder', path: 'images', size: side },
  autoencoder: {
    channelMult: [1, 2],
    zChannels: 4,
    embedDim: 4,
    train: { ...training, steps: 6, gradClip: null },
  },
  teacher: { unet: { channelMult: [1, 2], numHeads: null, numHeadChannels: 32 }, train: training },
  students: { lite: null },
  distill: training,
  sample: { steps: 2, count: 4, batchSize: null },
  evaluate: { referenceCount: 4, batchSize: null },
};

/** Writes tiny.yaml and its images into `folder`. */
export async function writeExperiment(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'images'));
  await writeVariation(folder, 'tiny', onImages);
  for (let i = 0; i < 12; i++) {
    const pixels = Uint8Array.from(uniform(7, 'pixels', 0, i, side * side * 3), (u) => 256 * u);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, 'images', `${i}.png`));
  }
}
