import { expect, test } from 'vitest';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { PlanNode } from '../../../src/plan/plan.ts';
import { selectNodes, ancestorsOf } from '../../../src/plan/select.ts';
import { planWaves } from '../../../src/runner/waves.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const plan = compilePlan(smallExperiment, smallExternals);
const divisible = ({ kind }: PlanNode): boolean =>
  ['latents', 'reference', 'sample', 'evaluate'].includes(kind);

test('whole stages and parts take turns; parts are gathered before they are needed', () => {
  const models = ['teacher', 'lite', 'sd'];
  const sample = models.map((model) => `sample:${model}`);
  expect(planWaves(plan.nodes, divisible)).toEqual([
    { number: 1, kind: 'whole', ids: ['dataset', 'autoencoder'] },
    { number: 2, kind: 'shards', ids: ['latents', 'reference'] },
    { number: 3, kind: 'whole', ids: ['latents', 'reference', 'teacher', 'distill:lite', 'distill:sd'] },
    { number: 4, kind: 'shards', ids: sample },
    { number: 5, kind: 'whole', ids: sample },
    { number: 6, kind: 'shards', ids: models.map((model) => `evaluate:${model}`) },
  ]);
});

test('the last wave is left to the plain run, where it is of whole stages', () => {
  const teacher = selectNodes(plan, ['teacher']);
  const waves = planWaves([...ancestorsOf(plan, teacher), ...teacher], divisible);
  expect(waves.map(({ ids }) => ids)).toEqual([['dataset', 'autoencoder'], ['latents']]);
});

test('where nothing can be divided, there is the plain run alone', () => {
  expect(planWaves(plan.nodes, () => false)).toEqual([]);
});

test('every wave finds the inputs of its stages done or among its own', () => {
  const done = new Set<string>();
  for (const { kind, ids } of planWaves(plan.nodes, divisible)) {
    for (const id of ids) {
      const inputs = Object.values(plan.nodes.find((node) => node.id === id)!.inputs);
      for (const input of inputs) expect(done.has(input), `${id} before ${input}`).toBe(true);
      if (kind === 'whole') done.add(id);
    }
  }
});
