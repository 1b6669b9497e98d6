import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

const kl = 'autoencoder={kind: kl, channels: 32, channelMult: [1, 2], zChannels: 4, embedDim: 4}';

describe('checks beyond the schema', () => {
  it.each([
    [
      ['teacher.train='],
      'main.yaml:4:1: teacher needs weights: give checkpoint (load them) or train (train them here)',
    ],
    [
      ['teacher.checkpoint.path=a.ckpt'],
      'main.yaml:6:3: teacher.train and teacher.checkpoint exclude each other; keep one',
    ],
    [
      [kl],
      `override #1 \`${kl}\`: autoencoder needs weights: give checkpoint (load them) or train (train them here)`,
    ],
    [
      ['teacher.unet.numHeadChannels=32'],
      'main.yaml:5:77: teacher.unet.numHeads and numHeadChannels exclude each other; keep one',
    ],
    [['teacher.unet.numHeads='], 'main.yaml:5:3: teacher.unet needs numHeads or numHeadChannels'],
    [
      ['teacher.unet.numHeads=3'],
      [
        'main.yaml:5:3: teacher.unet: 64 channels cannot be divided into heads by 3',
        'main.yaml:8:3: students.sd: 32 channels cannot be divided into heads by 3',
      ],
    ],
    [
      ['dataset.size=33'],
      [
        'main.yaml:5:3: teacher.unet: imageSize 33 is not a multiple of 2',
        'main.yaml:8:3: students.sd: imageSize 33 is not a multiple of 2',
      ],
    ],
    [
      ['sample.steps=501'],
      'override #1 `sample.steps=501`: sample.steps: 501 is too large; at most 500, half of diffusion.timesteps, are possible',
    ],
    [
      ['diffusion.linearEnd=0.001'],
      'override #1 `diffusion.linearEnd=0.001`: diffusion.linearStart is larger than linearEnd, 0.001',
    ],
    [
      ['evaluate.referenceCount=1'],
      'override #1 `evaluate.referenceCount=1`: evaluate.referenceCount: 1 image has no covariance; take more, or 0 for all',
    ],
    [
      ['distill.taps=[up.1, up.2]'],
      'override #1 `distill.taps=[up.1, up.2]`: distill.taps[1]: the UNets have no features up.2; they have down.0, down.1, up.1, up.0, output',
    ],
  ])('%s', async (overrides, problem) => {
    const problems = await problemsOf({ 'main.yaml': minimal }, ...overrides);
    expect(problems).toEqual([problem].flat());
  });

  it('finds images that the autoencoder cannot halve', async () => {
    const trained = `${kl.slice(0, -1)}, checkpoint: {path: a.ckpt}}`;
    expect(await problemsOf({ 'main.yaml': minimal }, trained, 'dataset.size=33')).toEqual([
      `override #1 \`${trained}\`: autoencoder.channelMult: images of 33 pixels cannot be reduced 2 times`,
    ]);
  });

  it('finds a scale factor that nothing holds', async () => {
    const trained = `${kl.slice(0, -1)}, train: {steps: 1, batchSize: 1, learningRate: 1}, scaleFactor: checkpoint}`;
    expect(await problemsOf({ 'main.yaml': minimal }, trained)).toEqual([
      `override #1 \`${trained}\`: autoencoder.scaleFactor is to come from autoencoder.checkpoint, but there is none`,
    ]);
  });

  it('accepts 500 steps of 1000', async () => {
    expect(await problemsOf({ 'main.yaml': minimal }, 'sample.steps=500')).toEqual([]);
  });

  it('warns of losses without weight and attention at scales that do not exist', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const { warnings } = await loadExperiment(file, [
      'distill.lambdaS=0',
      'distill.lambdaF=0',
      'teacher.unet.attentionResolutions=[2,4]',
    ]);
    expect(warnings.map(({ message, where }) => [where.line, message])).toEqual([
      [8, 'students.sd.spatial has no effect: distill.lambdaS is 0'],
      [8, 'students.sd.freq has no effect: distill.lambdaF is 0'],
      [undefined, 'teacher.unet.attentionResolutions names 4, but there are only 1, 2'],
    ]);
  });
});
