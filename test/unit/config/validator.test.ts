// What `npm run build` compiles beforehand is what Ajv compiles at the start: same defaults, same errors.
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { ValidateFunction } from 'ajv';
import { expect, it } from 'vitest';
import { validatorSource } from '../../../scripts/compile-validators.ts';
import { experimentSchema, sweepSchema } from '../../../src/config/schema.ts';
import { precompiledFile, validatorOf } from '../../../src/config/validator.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

/** The function that a CommonJS module of this source exports. */
function moduleOf(source: string): ValidateFunction {
  const module: { exports: unknown } = { exports: {} };
  type Module = (module: { exports: unknown }, require: NodeJS.Require) => void;
  const run = compileFunction(source, ['module', 'require']) as Module;
  run(module, createRequire(import.meta.url));
  return module.exports as ValidateFunction;
}

const bare = {
  name: 'bare',
  dataset: { kind: 'emoji', size: 32 },
  autoencoder: { kind: 'none' },
  teacher: {
    unet: { modelChannels: 32, channelMult: [1], numHeads: 1 },
    train: { steps: 1, batchSize: 1, learningRate: 1 },
  },
  students: { sd: { modelChannels: 32 } },
  distill: { steps: 1, batchSize: 1, learningRate: 1 },
};

const experiments: readonly unknown[] = [
  bare,
  smallExperiment,
  'not a mapping',
  {},
  { ...bare, name: 'With Capitals', seed: -1 },
  { ...bare, dataset: { kind: 'unheard-of', size: 32 } },
  { ...bare, dataset: { kind: 'folder', size: 'large' } },
  { ...bare, students: { sd: { modelChannels: 1.5, colour: 'red' } } },
  { ...bare, autoencoder: { kind: 'kl', scaleFactor: 'half', checkpoint: { path: 1 } } },
];

it('fills in and finds the same in experiments', () => {
  const beforehand = moduleOf(validatorSource(experimentSchema()));
  const now = validatorOf(experimentSchema());
  for (const experiment of experiments) {
    const [one, other] = [structuredClone(experiment), structuredClone(experiment)];
    expect(beforehand(one)).toBe(now(other));
    expect(one).toEqual(other);
    expect(beforehand.errors).toEqual(now.errors);
  }
  expect(beforehand(structuredClone(bare))).toBe(true);
});

it('and in sweeps', () => {
  const beforehand = moduleOf(validatorSource(sweepSchema()));
  const now = validatorOf(sweepSchema());
  for (const sweep of [{ name: 's', base: 'b.yaml', student: 'sd' }, { name: 1, seeds: [] }, { axes: 3 }]) {
    const [one, other] = [structuredClone(sweep), structuredClone(sweep)];
    expect(beforehand(one)).toBe(now(other));
    expect(one).toEqual(other);
    expect(beforehand.errors).toEqual(now.errors);
  }
});

it('is looked for under the digest of the schema: a changed one is not found', () => {
  const schema = experimentSchema();
  expect(precompiledFile({ ...schema })).toBe(precompiledFile(schema));
  expect(precompiledFile({ ...schema, description: 'changed' })).not.toBe(precompiledFile(schema));
});
