// A small real experiment: a folder of images, an autoencoder, a teacher and a student with all terms, some steps each.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { uniform } from '../../../src/rng/noise.ts';

const side = 16;

/**
 * epsilon is large: AdamW divides by the gradient's size, so with a small one the rounding noise in gradients that are
 * exactly zero in theory (biases before a normalisation) moves weights by whole steps, in any arithmetic.
 */
const training = `batchSize: 4, learningRate: 1.0e-3, epsilon: 1.0e-3, emaDecay: 0.9, gradClip: 1, checkpointEvery: 4, logEvery: 1`;

const yaml = `
name: tiny
dataset: { kind: folder, path: images, size: ${side} }
autoencoder:
  kind: kl
  channels: 32
  channelMult: [1, 2]
  numResBlocks: 1
  zChannels: 4
  embedDim: 4
  train: { steps: 6, ${training.replace(', gradClip: 1', '')} }
teacher:
  unet: { modelChannels: 32, channelMult: [1, 2], numResBlocks: 1, attentionResolutions: [2], numHeadChannels: 32 }
  train: { steps: 20, ${training} }
students:
  sd: { modelChannels: 32, waveletGating: true, spatial: true, freq: true }
distill: { steps: 20, ${training} }
sample: { steps: 2, count: 4 }
evaluate: { extractor: { kind: nsfwjs, inputSize: 75 }, referenceCount: 4 }
`;

/** Writes tiny.yaml and its images into `folder`. */
export async function writeExperiment(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'images'));
  await writeFile(path.join(folder, 'tiny.yaml'), yaml);
  for (let i = 0; i < 12; i++) {
    const pixels = Uint8Array.from(uniform(7, 'pixels', 0, i, side * side * 3), (u) => 256 * u);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path.join(folder, 'images', `${i}.png`));
  }
}
