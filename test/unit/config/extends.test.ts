import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

describe('extends', () => {
  it('merges mappings, replaces lists and kinds, removes nulls', async () => {
    const folder = await folderWith({
      'base.yaml': minimal,
      'main.yaml': `extends: base.yaml
name: child
dataset: {kind: folder, path: images, size: 32}
teacher: {unet: {channelMult: [1, 4]}}
students: {sd: null, lite: {modelChannels: 32}}
`,
    });
    const { config } = await loadExperiment(path.join(folder, 'main.yaml'));
    expect(config).not.toHaveProperty('extends');
    expect(config.name).toBe('child');
    expect(config.dataset).toMatchObject({ kind: 'folder', path: path.join(folder, 'images') });
    expect(config.teacher.unet).toMatchObject({ channelMult: [1, 4], modelChannels: 64, numHeads: 4 });
    expect(Object.keys(config.students)).toEqual(['lite']);
  });

  it('resolves each path from the file that wrote it', async () => {
    const checkpoint = minimal.replace(
      'train: {steps: 2, batchSize: 2, learningRate: 1e-3}',
      'checkpoint: {path: t.ckpt}',
    );
    const folder = await folderWith({
      'base.yaml': checkpoint,
      'main.yaml': 'extends: ./base.yaml\nname: child\n',
    });
    const file = path.join(folder, 'main.yaml');
    expect((await loadExperiment(file)).config.teacher.checkpoint?.path).toBe(path.join(folder, 't.ckpt'));
    const overridden = await loadExperiment(file, ['teacher.checkpoint.path=u.ckpt']);
    expect(overridden.config.teacher.checkpoint?.path).toBe(path.resolve('u.ckpt'));
  });

  it('points into the file at fault', async () => {
    expect(
      await problemsOf(
        {
          'base.yaml': minimal.replace('size: 32', 'size: 4'),
          'main.yaml': 'extends: base.yaml\nname: child\nteacher:\n  unet: {numHed: 1}\nsample: {eta: 2}\n',
        },
        'seed=-1',
      ),
    ).toEqual([
      'base.yaml:2:30: dataset.size: 4 is too small; 8 or more is needed',
      'main.yaml:4:10: teacher.unet.numHed is not a known key; did you mean numHeads?',
      'main.yaml:5:15: sample.eta: 2 is too large; 1 or less is needed',
      'override #1 `seed=-1`: seed: -1 is too small; 0 or more is needed',
    ]);
  });

  it('goes one level deep, so there are no cycles', async () => {
    const files = { 'b.yaml': 'extends: main.yaml\n', 'main.yaml': 'extends: b.yaml\n' };
    expect(await problemsOf(files)).toEqual([
      'b.yaml:1:10: main.yaml extends this file, which must not extend another: one level is allowed',
    ]);
    expect(await problemsOf({ 'main.yaml': 'extends: ./main.yaml\n' })).toEqual([
      'main.yaml:1:10: an experiment cannot extend itself',
    ]);
    expect(await problemsOf({ 'main.yaml': `extends: 3\n${minimal}` })).toEqual([
      'main.yaml:1:10: extends: 3 is a number; text is needed',
    ]);
  });

  it('names missing files, and what may have been meant', async () => {
    const folder = await folderWith({ 'quick.yaml': 'extends: bse.yaml\n', 'base.yaml': minimal });
    await expect(loadExperiment(path.join(folder, 'quik.yaml'))).rejects.toMatchObject({
      code: 'input',
      message: `the experiment file ${folder}/quik.yaml does not exist`,
      hint: `did you mean ${folder}/quick.yaml?`,
    });
    await expect(loadExperiment(path.join(folder, 'quick.yaml'))).rejects.toMatchObject({
      code: 'input',
      where: { file: `${folder}/quick.yaml`, line: 1, column: 10 },
      hint: `did you mean ${folder}/base.yaml?`,
    });
    await expect(loadExperiment(folder)).rejects.toMatchObject({ code: 'input' });
  });
});
