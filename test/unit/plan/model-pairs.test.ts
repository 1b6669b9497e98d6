// Which models' samples are compared with each other, and what figures measure beside a run.
import { expect, it } from 'vitest';
import { compilePlan } from '../../../src/plan/compile.ts';
import { comparedPairs } from '../../../src/plan/model-pairs.ts';
import { nodesOf } from '../../../src/plan/plan.ts';
import { comparedSteps, convergenceOf, figureProbes } from '../../../src/plan/probes.ts';
import { convergence } from '../../../src/stages/kinds/convergence/describe.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const sd = smallExperiment.students['sd']!;
const config = {
  ...smallExperiment,
  students: {
    smooth: { ...sd, freq: false },
    ...smallExperiment.students,
    other: { ...sd, freq: false, spatial: false },
  },
};

it('pairs students that differ in the frequency loss alone, then students and teacher', () => {
  expect(comparedPairs(config, ['teacher', 'smooth', 'lite', 'sd', 'other'])).toEqual([
    ['sd', 'smooth'],
    ['smooth', 'teacher'],
    ['lite', 'teacher'],
    ['sd', 'teacher'],
    ['other', 'teacher'],
  ]);
});

it('leaves out models that are not asked for', () => {
  expect(comparedPairs(config, ['sd', 'lite'])).toEqual([]);
  expect(comparedPairs(config, ['teacher'])).toEqual([]);
});

it('plans what figures measure beside the run, and changes nothing of it', () => {
  const figures = {
    count: 100,
    frames: 10,
    spectrumImages: 300,
    prompts: [],
    throughputBatch: 64,
    samplerImages: 8,
    samplerReference: 250,
    batchSize: 16,
  };
  const models = new Set(['teacher', 'smooth', 'sd']);
  const plain = compilePlan(config, smallExternals);
  const plan = compilePlan(config, smallExternals, figureProbes(config, models, figures));
  const keys = new Map(plan.nodes.map(({ id, key }) => [id, key]));
  for (const { id, key } of plain.nodes) expect(keys.get(id)).toBe(key);
  const added = plan.nodes.filter(({ id }) => !plain.nodes.some((node) => node.id === id));
  expect(added.map(({ id }) => id).sort()).toEqual([
    'convergence:sd',
    'convergence:smooth',
    'convergence:teacher',
    'fourier:sd',
    'fourier:sd~smooth',
    'fourier:sd~teacher',
    'fourier:smooth',
    'fourier:smooth~teacher',
    'fourier:teacher',
    'trajectory:sd',
    'trajectory:smooth',
    'trajectory:teacher',
  ]);
  expect(new Set(added.filter(({ kind }) => kind === 'trajectory').map(({ seed }) => seed)).size).toBe(1);
  const [compared] = nodesOf(added, convergence);
  expect(compared!.params).toMatchObject({
    samplers: ['ddim', 'dpm-solver++', 'heun'], // ancestral sampling approaches no solution
    steps: [2, 5, 10, 20, 50, 100],
    sample: { sampler: 'heun', eta: 0, steps: 250, count: 8, batchSize: 8 },
  });
  const paced = compilePlan(
    config,
    smallExternals,
    figureProbes(config, models, { ...figures, batchSize: 3 }),
  );
  expect(paced.nodes.map(({ key }) => key)).toEqual(plan.nodes.map(({ key }) => key));
  const fewer = compilePlan(config, smallExternals, figureProbes(config, models, { ...figures, count: 5 }));
  expect(fewer.nodes.find(({ id }) => id === 'trajectory:sd')!.key).not.toBe(keys.get('trajectory:sd'));
});

it('compares samplers in steps that the noise schedule can give, at most half those of the reference', () => {
  const { diffusion } = config;
  expect(comparedSteps(diffusion, { samplerReference: 7 })).toEqual({ reference: 5, steps: [2] });
  expect(comparedSteps({ ...diffusion, timesteps: 8 }, { samplerReference: 250 })).toEqual({
    reference: 4,
    steps: [2],
  });
  const none = { ...diffusion, timesteps: 4 };
  expect(comparedSteps(none, { samplerReference: 250 }).steps).toEqual([]);
  const settings = { count: 2, frames: 2, spectrumImages: 2, prompts: [], throughputBatch: 1, batchSize: 1 };
  const probe = convergenceOf(new Set(['sd']), { ...settings, samplerImages: 2, samplerReference: 250 });
  const { nodes } = compilePlan(
    { ...config, diffusion: none, sample: { ...config.sample, steps: 2 } },
    smallExternals,
    [probe],
  );
  expect(nodes.some(({ kind }) => kind === 'convergence')).toBe(false);
});
