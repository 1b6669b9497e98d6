import { describe, expect, it } from 'vitest';
import path from 'node:path';
import { loadExperiment } from '../../../src/config/load.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

async function load(...overrides: string[]) {
  return (await loadExperiment(path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml'), overrides))
    .config;
}

describe('overrides', () => {
  it('read values as YAML, at any depth, the last one winning', async () => {
    const config = await load(
      'distill.steps=1',
      'students.sd.freq=false',
      'teacher.unet.channelMult=[1,2,4]',
      'distill.learningRate=5e-4',
      'distill.steps=7',
      'sample={steps: 5, eta: 1}',
      'description="a=b: c"',
    );
    expect(config.distill).toMatchObject({ steps: 7, learningRate: 5e-4, batchSize: 2 });
    expect(config.students['sd']).toMatchObject({ freq: false, spatial: true });
    expect(config.teacher.unet.channelMult).toEqual([1, 2, 4]);
    expect(config.sample).toMatchObject({ steps: 5, eta: 1 });
    expect(config.description).toBe('a=b: c');
  });

  it('add students, and remove what is empty or null', async () => {
    const config = await load(
      'students.lite.modelChannels=64',
      'students.sd=',
      'distill.taps=[output]',
      'distill.taps=null',
    );
    expect(Object.keys(config.students)).toEqual(['lite']);
    expect(config.distill.taps).toBe('all');
  });

  it('replace a mapping as a whole when they change its kind', async () => {
    const config = await load('dataset={kind: folder, path: images, size: 16}');
    expect(config.dataset).toEqual({
      kind: 'folder',
      path: path.resolve('images'),
      size: 16,
      filter: 'bicubic',
      alpha: 'white',
      maxCorrupt: 0,
    });
  });

  it('are named by number and text in problems, all at once', async () => {
    expect(
      await problemsOf(
        { 'main.yaml': minimal },
        'seed=1',
        'distill.lr=5e-4',
        'distil.steps=1',
        'students.x.freq=true',
        'seed=',
      ),
    ).toEqual([
      'override #2 `distill.lr=5e-4`: distill.lr is not a known key; did you mean learningRate?',
      'override #3 `distil.steps=1`: distil is not a known key; did you mean distill?',
      'override #4 `students.x.freq=true`: students.x lacks modelChannels, which the method spectral needs',
    ]);
  });

  it('are refused where they are none', async () => {
    expect(
      await problemsOf(
        { 'main.yaml': minimal },
        'seed',
        '=1',
        'a..b=1',
        '__proto__.polluted=1',
        'distill.constructor=1',
        'seed=[1',
        'description=#1',
        'extends=other.yaml',
        'seed=!!js/function x',
      ),
    ).toEqual([
      'override #1 `seed`: an override has the form key.key=value',
      'override #2 `=1`: an override has the form key.key=value',
      'override #3 `a..b=1`: an empty name is not allowed as a key',
      'override #4 `__proto__.polluted=1`: __proto__ is not allowed as a key',
      'override #5 `distill.constructor=1`: constructor is not allowed as a key',
      'override #6 `seed=[1`: Flow sequence must end with a ]',
      'override #7 `description=#1`: #1 is empty as YAML; put it in quotes',
      'override #8 `extends=other.yaml`: what a file extends cannot be overridden',
      'override #9 `seed=!!js/function x`: Unresolved tag: tag:yaml.org,2002:js/function',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
