import { expect, it } from 'vitest';
import { compilePlan } from '../../../src/plan/compile.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

const keys = (change: object) =>
  Object.fromEntries(
    compilePlan({ ...smallExperiment, ...change }, smallExternals).nodes.map(({ id, key }) => [id, key]),
  );

it('is the seed unless given', () => {
  expect(keys({ seed: 3, studentSeed: 3 })).toEqual(keys({ seed: 3 }));
});

it('changes the students and nothing else', () => {
  const [before, after] = [keys({}), keys({ studentSeed: 1 })];
  expect(Object.keys(after).filter((id) => after[id] !== before[id])).toEqual(
    ['lite', 'sd'].flatMap((name) => [`distill:${name}`, `sample:${name}`, `evaluate:${name}`]),
  );
});
