import { expect, test } from 'vitest';
import { planBatches, type BatchRequest } from '../../../../src/jobs/slurm/slurm-batches.ts';
import type { CellJob } from '../../../../src/jobs/launcher.ts';

const job = (id: string, needs?: string): CellJob => ({
  id,
  experimentFile: `/cells/${id}.yaml`,
  ...(needs === undefined ? {} : { needs }),
});
const request: BatchRequest = {
  shared: [job('shared-1'), job('shared-2')],
  cells: [job('a', 'shared-1'), job('b', 'shared-2'), job('c', 'shared-1'), job('d', 'shared-1'), job('e')],
  queued: new Set(),
  maxArraySize: 2,
  atOnce: 0,
};

function brief(asked: BatchRequest): string[] {
  return planBatches(asked).map(
    ({ name, jobs, needs, follows }) =>
      `${name} ${jobs.map(({ id }) => id).join('+')}${needs === undefined ? '' : ` after ${needs}`}${follows ? ' in turn' : ''}`,
  );
}

test('one array per shared job that is waited for, split at the limit', () => {
  expect(brief(request)).toEqual([
    'shared shared-1+shared-2',
    'cells a+c after shared-1',
    'cells d after shared-1',
    'cells b after shared-2',
    'cells e',
  ]);
});

test('what is in the queue is not submitted again; nothing is left when everything is', () => {
  expect(brief({ ...request, queued: new Set(['shared-1', 'shared-2', 'a', 'b', 'e']) })).toEqual([
    'cells c+d after shared-1',
  ]);
  const all = [...request.shared, ...request.cells].map(({ id }) => id);
  expect(brief({ ...request, queued: new Set(all) })).toEqual([]);
});

test('a limit of jobs at a time holds over all arrays: they run one after another', () => {
  expect(brief({ ...request, maxArraySize: 3, atOnce: 2 })).toEqual([
    'shared shared-1+shared-2',
    'cells a+c+d after shared-1',
    'cells b after shared-2 in turn',
    'cells e in turn',
  ]);
});
