import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../../src/plan/compile.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';

describe('distributed', () => {
  const keys = (distributed: 'none' | 'mpi') =>
    new Map(
      compilePlan({ ...smallExperiment, distributed }, smallExternals).nodes.map(({ id, key }) => [id, key]),
    );

  it('changes the keys of what is trained and of what follows from it, and no others', () => {
    const [none, mpi] = [keys('none'), keys('mpi')];
    expect([...none.keys()].filter((id) => none.get(id) === mpi.get(id))).toEqual(['dataset', 'reference']);
  });

  it('is not in the identity of training in one process', () => {
    for (const { identity } of compilePlan(smallExperiment, smallExternals).nodes)
      expect(JSON.stringify(identity)).not.toContain('distributed');
  });

  it('stands with the settings of each training', () => {
    const { nodes } = compilePlan({ ...smallExperiment, distributed: 'mpi' }, smallExternals);
    const told = nodes.filter(({ identity }) =>
      JSON.stringify(identity.params).includes('"distributed":"mpi"'),
    );
    expect(told.map(({ id }) => id)).toEqual(['autoencoder', 'teacher', 'distill:lite', 'distill:sd']);
  });
});
