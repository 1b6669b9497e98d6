import { expect, test } from 'vitest';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { explainPlan, type LastRun } from '../../../src/plan/explain.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const base = compilePlan(smallExperiment, smallExternals);

function lastRun(plan: Plan, status = 'done'): LastRun {
  return Object.fromEntries(plan.nodes.map(({ id, identity }) => [id, { identity, status }]));
}

function reasons(plan: Plan, cached: ReadonlySet<string>, last: LastRun): Record<string, string> {
  return Object.fromEntries(explainPlan(plan, cached, last).map(({ id, state, why }) => [id, why || state]));
}

const everything = new Set(base.nodes.map(({ key }) => key));

test('first run: nothing is known', () => {
  expect(new Set(Object.values(reasons(base, new Set(), {})))).toEqual(new Set(['never run']));
});

test('all is there', () => {
  expect(new Set(Object.values(reasons(base, everything, lastRun(base))))).toEqual(new Set(['cached']));
});

test('a changed parameter is named with both values; what follows is said to follow', () => {
  const config: Experiment = {
    ...smallExperiment,
    teacher: {
      ...smallExperiment.teacher,
      train: { ...smallExperiment.teacher.train!, learningRate: 5e-4, steps: 40 },
    },
  };
  expect(reasons(compilePlan(config, smallExternals), everything, lastRun(base))).toMatchObject({
    latents: 'cached',
    teacher: 'train.learningRate: 0.001 -> 0.0005; train.steps: 20 -> 40',
    'sample:teacher': 'follows teacher',
    'evaluate:teacher': 'follows sample:teacher',
    'distill:lite': 'cached',
    'distill:sd': 'follows teacher',
  });
});

test('a new seed or engine or stage version is the reason', () => {
  const plan = compilePlan(smallExperiment, {
    ...smallExternals,
    engine: { name: 'reference' },
    stageVersions: { ...smallExternals.stageVersions, reference: 7 },
  });
  expect(reasons(plan, everything, lastRun(base))['reference']).toBe(
    'engine: onnx -> reference; stage version: 1 -> 7',
  );
});

test('the same plan, not finished: how the last run left each stage', () => {
  const last = lastRun(base);
  const left = (id: string, status: string): LastRun => ({ [id]: { ...last[id]!, status } });
  const after = {
    ...last,
    ...left('teacher', 'interrupted'),
    ...left('distill:lite', 'failed'),
    ...left('sample:lite', 'blocked'),
  };
  const cached = new Set(base.nodes.filter(({ id }) => !/teacher|lite|:sd/.test(id)).map(({ key }) => key));
  expect(reasons(base, cached, after)).toMatchObject({
    latents: 'cached',
    teacher: 'interrupted: goes on from its checkpoint',
    'distill:lite': 'failed last time',
    'sample:lite': 'not yet run',
    'distill:sd': 'needs teacher',
  });
});

test('an artifact that was removed', () => {
  const cached = new Set([...everything].filter((key) => key !== base.nodes[0]!.key));
  expect(reasons(base, cached, lastRun(base))['dataset']).toBe('artifact is gone');
});
