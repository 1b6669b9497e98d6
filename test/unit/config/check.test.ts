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
      ['dataset.split={heldOut: 1.5, validation: 0.1}'],
      'override #1 `dataset.split={heldOut: 1.5, validation: 0.1}`: dataset.split.heldOut: 1.5 is neither a share below 1 nor a number of images',
    ],
    [
      ['dataset.split={heldOut: 0.5, validation: 0.5}'],
      'override #1 `dataset.split={heldOut: 0.5, validation: 0.5}`: dataset.split: 0.5 and 0.5 leave nothing to train on',
    ],
    [
      ['dataset={kind: avatars, size: 32, count: 100, split: {heldOut: 100}}'],
      'override #1 `dataset={kind: avatars, size: 32, count: 100, split: {heldOut: 100}}`: dataset.split: of 100 images, 100 would be held out, 0 for validation and 0 left to train on',
    ],
    [
      ['evaluate.part=train', 'analyze.part=validation'],
      [
        'override #1 `evaluate.part=train`: evaluate.part: the data set is not divided; set its `split`',
        'override #2 `analyze.part=validation`: analyze.part: the data set is not divided; set its `split`',
      ],
    ],
    [
      ['dataset.split.heldOut=0.2', 'evaluate.part=validation'],
      'override #2 `evaluate.part=validation`: evaluate.part: no image is kept for validation; set `split.validation`',
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
    [
      ['sample.steps=7'],
      'override #1 `sample.steps=7`: sample.steps: DDIM cannot spread exactly 7 steps evenly over 1000 timesteps; take 5 or 8',
    ],
    [
      ['sample.steps=3'],
      'override #1 `sample.steps=3`: sample.steps: DDIM cannot spread exactly 3 steps evenly over 1000 timesteps; take 2 or 4',
    ],
    ...['teacher', 'autoencoder', 'text-encoder'].map((name): [string[], string] => [
      [`students.${name}.modelChannels=32`],
      `override #1 \`students.${name}.modelChannels=32\`: students.${name}: ${name} is the name of another network; take one of its own`,
    ]),
    [
      ['teacher.unet.normGroups=40'],
      [
        'main.yaml:5:25: teacher.unet.modelChannels: 64 is not a multiple of 40, the groups of its norms (teacher.unet.normGroups)',
        'main.yaml:8:23: students.sd.modelChannels: 32 is not a multiple of 40, the groups of its norms (teacher.unet.normGroups)',
      ],
    ],
    [
      [
        'teacher.unet.normGroups=2',
        'teacher.unet.channelMult=[1, 3]',
        'students.sd.modelChannels=34',
        'teacher.unet.numHeads=2',
      ],
      'main.yaml:8:3: students.sd: 102 channels cannot be divided into the bands of wavelet gating',
    ],
    [
      ['evaluate.metrics=[precision-recall]', 'sample.count=3'],
      'override #1 `evaluate.metrics=[precision-recall]`: evaluate.metrics[0]: precision-recall needs more than 3 images; sample.count is 3',
    ],
    [
      ['evaluate.metrics=[memorisation]'],
      'override #1 `evaluate.metrics=[memorisation]`: evaluate.metrics[0]: memorisation compares with real images that were not trained on; set dataset.split',
    ],
    [
      ['evaluate.metrics=[fid]', 'evaluate.referenceStats=real.npz', 'evaluate.floors=true'],
      'override #3 `evaluate.floors=true`: evaluate.floors need the features of the real images, which evaluate.referenceStats does not hold',
    ],
    [
      ['evaluate.dataset={kind: emoji, size: 64}'],
      'override #1 `evaluate.dataset={kind: emoji, size: 64}`: evaluate.metrics[2]: spectrum compares images of one size; dataset.size is 32, evaluate.dataset.size 64',
    ],
    [
      [
        'dataset={kind: folder, path: x, size: 32}',
        'conditioning={kind: text, encoder: {kind: words, width: 30}}',
      ],
      [
        'override #2 `conditioning={kind: text, encoder: {kind: words, width: 30}}`: conditioning.encoder.heads: a width of 30 cannot be divided into 4 heads',
        'override #2 `conditioning={kind: text, encoder: {kind: words, width: 30}}`: conditioning.kind: text needs captions, but dataset (kind: folder) has none',
      ],
    ],
    [
      [
        'dataset={kind: zip, path: x, size: 32, labels: none}',
        'conditioning={kind: class, classes: 2, width: 8}',
      ],
      'override #2 `conditioning={kind: class, classes: 2, width: 8}`: conditioning.kind: class needs classes, but dataset (labels: none) has none',
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

  it('finds parts that do not make up a batch', async () => {
    expect(
      await problemsOf({ 'main.yaml': minimal }, 'distill.batchSize=16', 'distill.microBatch=6'),
    ).toEqual([
      'override #2 `distill.microBatch=6`: distill.microBatch: batches of 16 cannot be divided into parts of 6',
    ]);
  });

  it('lets `auto` choose the parts, but not where nobody knows what they take or may take', async () => {
    const problems = (...overrides: string[]) =>
      problemsOf({ 'main.yaml': minimal }, 'distill.microBatch=auto', ...overrides);
    expect(await problems()).toEqual([]);
    expect(await problems('device=webgpu', 'memory=24')).toEqual([]);
    expect(await problems('device=webgpu')).toEqual([
      'override #1 `distill.microBatch=auto`: distill.microBatch: the memory of webgpu is not known; set memory to its GiB, or a number here',
    ]);
    expect(await problems('engine=tensorflow')).toEqual([
      'override #1 `distill.microBatch=auto`: distill.microBatch: memory is predicted for the engine onnx, not for tensorflow; set a number',
    ]);
  });

  it('accepts 500 steps of 1000', async () => {
    expect(await problemsOf({ 'main.yaml': minimal }, 'sample.steps=500')).toEqual([]);
  });

  it('accepts every multiple of the norm groups', async () => {
    const narrow = [
      'teacher.unet.normGroups=8',
      'teacher.unet.modelChannels=24',
      'students.sd.modelChannels=8',
    ];
    expect(await problemsOf({ 'main.yaml': minimal }, ...narrow)).toEqual([]);
  });

  it('finds mistakes beside those of the schema, but not in what the schema refuses', async () => {
    expect(
      await problemsOf(
        { 'main.yaml': minimal },
        'sample.steps=7',
        'teacher.train=',
        'students.sd.freq=1',
        'dataset.size=33',
      ),
    ).toEqual([
      'main.yaml:4:1: teacher needs weights: give checkpoint (load them) or train (train them here)',
      'override #1 `sample.steps=7`: sample.steps: DDIM cannot spread exactly 7 steps evenly over 1000 timesteps; take 5 or 8',
      'override #3 `students.sd.freq=1`: students.sd.freq: 1 is a number; true or false is needed',
    ]);
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

  it('warns of captions to be drawn for models that are told none', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const { warnings } = await loadExperiment(file, ['sample.promptSeed=0']);
    expect(warnings.map(({ message }) => message)).toEqual([
      'sample.promptSeed has no effect: conditioning.kind is none',
    ]);
  });

  it('warns of settings of wavelet gating in a student without it', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const { warnings } = await loadExperiment(file, [
      'students.sd.waveletGating=false',
      'students.sd.gates=frozen',
      'students.sd.waveletActivation=none',
    ]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'students.sd.gates has no effect: waveletGating is false',
      'students.sd.waveletActivation has no effect: waveletGating is false',
    ]);
  });

  it('warns of pixels with the noise that a decoder would smooth', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const { warnings } = await loadExperiment(file, ['sample.setAlphaToOne=false']);
    expect(warnings.map(({ message, where }) => [where.line, message])).toEqual([
      [3, expect.stringContaining('autoencoder.kind: without a decoder the noise stays')],
    ]);
    expect((await loadExperiment(file)).warnings).toEqual([]);
  });

  it('warns of mirrored images to compare with', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const other = 'evaluate.dataset={kind: emoji, size: 32, flip: true}';
    const { warnings } = await loadExperiment(file, [other]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'evaluate.dataset.flip has no effect: only images of training are mirrored',
    ]);
  });

  it('warns of a student wider than its teacher', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const { warnings } = await loadExperiment(file, ['students.sd.modelChannels=96']);
    expect(warnings.map(({ message }) => message)).toEqual([
      "students.sd.modelChannels: 96 is more than the teacher's 64; a student is meant to be slimmer",
    ]);
  });
});
