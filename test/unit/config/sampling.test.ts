// Steps, eta and guidance of each model: the general settings, and what a model has of its own.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { quantizationOf, samplingOf, samplingOverrides } from '../../../src/config/sampling.ts';
import { smokeOverrides } from '../../../src/config/smoke.ts';
import { folderWith, minimal, problemsOf } from '../../support/experiments/experiment-files.ts';

const experimentFile = (name: string): string =>
  path.join(import.meta.dirname, '../../../experiments', `${name}.yaml`);

describe('settings of one model', () => {
  it.each<[string, Record<string, readonly [steps: number, eta: number, guidance: number]>]>([
    ['ffhq', { teacher: [200, 1, 1], lite: [200, 1, 1], sd: [200, 1, 1] }],
    ['celebahq', { teacher: [200, 0, 1], lite: [200, 0, 1], sd: [200, 0, 1] }],
    ['lsun-bedroom', { teacher: [200, 1, 1], lite: [200, 1, 1], sd: [200, 1, 1] }],
    ['lsun-church', { teacher: [500, 0, 1], lite: [200, 0, 1], sd: [200, 0, 1] }],
    ['imagenet', { teacher: [250, 1, 1.5], lite: [200, 0, 3], sd: [200, 0, 3] }],
    ['laion-coco', { teacher: [200, 0, 2], sd: [200, 0, 2] }],
  ])('%s has those of its publication', async (name, expected) => {
    const { config } = await loadExperiment(experimentFile(name));
    const found = ['teacher', ...Object.keys(config.students)].map((model) => {
      const { steps, eta, guidanceScale } = samplingOf(config, model);
      return [model, [steps, eta, guidanceScale]];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('are those asked for on the command line, whatever the model has of its own', async () => {
    const asked = async (model: string, settings: Parameters<typeof samplingOverrides>[1]) => {
      const { config } = await loadExperiment(experimentFile('imagenet'), samplingOverrides(model, settings));
      return samplingOf(config, model);
    };
    expect(await asked('teacher', { steps: 10 })).toMatchObject({ steps: 10, eta: 1, guidanceScale: 1.5 });
    expect(await asked('sd', { eta: 0.5 })).toMatchObject({ steps: 200, eta: 0.5 });
    expect(await asked('teacher', { sampler: 'heun' })).toMatchObject({
      sampler: 'heun',
      steps: 250,
      eta: 0,
    });
    expect(await asked('teacher', { sampler: 'ddim' })).toMatchObject({ sampler: 'ddim', eta: 1 });
    await expect(asked('teacher', { sampler: 'heun', eta: 1 })).rejects.toThrow(
      /the sampler heun takes no eta/,
    );
  });

  it('are held against the noise schedule where they stand', async () => {
    expect(
      await problemsOf({ 'main.yaml': minimal }, 'teacher.sample.steps=7', 'students.sd.sample.steps=501'),
    ).toEqual([
      'override #1 `teacher.sample.steps=7`: teacher.sample.steps: DDIM cannot spread exactly 7 steps evenly over 1000 timesteps; take 5 or 8',
      'override #2 `students.sd.sample.steps=501`: students.sd.sample.steps: 501 is too large; at most 500, half of diffusion.timesteps, are possible',
    ]);
  });

  it('have eta only where the sampler takes one', async () => {
    const problems = (...overrides: string[]) => problemsOf({ 'main.yaml': minimal }, ...overrides);
    expect(await problems('sample.sampler=heun', 'sample.eta=1')).toEqual([
      'override #2 `sample.eta=1`: sample.eta: the sampler heun takes no eta; leave it out',
    ]);
    expect(await problems('sample.eta=1', 'teacher.sample.sampler=ancestral')).toEqual([
      'override #2 `teacher.sample.sampler=ancestral`: teacher.sample.sampler: the sampler ancestral takes no eta, and sample.eta is 1; add eta: 0',
    ]);
    expect(await problems('sample.sampler=dpm-solver++', 'students.sd.sample.eta=0.5')).toEqual([
      'override #2 `students.sd.sample.eta=0.5`: students.sd.sample.eta: the sampler dpm-solver++ takes no eta; leave it out',
    ]);
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const fine = [
      'sample.eta=1',
      'teacher.sample={sampler: heun, eta: 0}',
      'students.sd.sample.sampler=ddim',
    ];
    const { config } = await loadExperiment(file, fine);
    expect(samplingOf(config, 'teacher')).toMatchObject({ sampler: 'heun', eta: 0 });
    expect(samplingOf(config, 'sd')).toMatchObject({ sampler: 'ddim', eta: 1 });
  });

  it('have integers on the onnx engine and the CPU alone', async () => {
    const problems = (...overrides: string[]) => problemsOf({ 'main.yaml': minimal }, ...overrides);
    expect(await problems('sample.precision=int8', 'sample.int8={images: 8, maxError: 0.02}')).toEqual([]);
    expect(await problems('engine=reference', 'sample.precision=int8')).toEqual([
      'override #2 `sample.precision=int8`: sample.precision: int8 is of the engine onnx on the CPU, and engine is reference',
    ]);
    expect(await problems('device=webgpu', 'students.sd.sample.precision=int8')).toEqual([
      'override #2 `students.sd.sample.precision=int8`: students.sd.sample.precision: int8 is of the engine onnx on the CPU, and device is webgpu',
    ]);
  });

  it('say how models are quantized, where one is', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const loaded = async (...overrides: string[]) => loadExperiment(file, overrides);
    const { config } = await loaded('students.sd.sample.precision=int8', 'sample.int8.maxError=0.02');
    expect(quantizationOf(samplingOf(config, 'sd'))).toEqual({ images: 16, maxError: 0.02 });
    expect(quantizationOf(samplingOf(config, 'teacher'))).toBeUndefined();
    const { warnings } = await loaded('sample.int8.images=4');
    expect(warnings.map(({ message }) => message).join()).toContain(
      'no model is sampled with precision: int8',
    );
  });

  it('are few in a smoke run, too', async () => {
    const file = path.join(await folderWith({ 'main.yaml': minimal }), 'main.yaml');
    const own = ['teacher.sample.steps=250', 'students.sd.sample={steps: 50, eta: 1}'];
    const { config } = await loadExperiment(file, own);
    const smoke = (await loadExperiment(file, [...own, ...smokeOverrides(config)])).config;
    expect(samplingOf(smoke, 'teacher').steps).toBe(2);
    expect(samplingOf(smoke, 'sd')).toMatchObject({ steps: 2, eta: 1 });
  });
});
