import { rm } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { plannedRun, type PlannedRun } from '../../../src/runner/planned-run.ts';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { fakeRun, finishedFakeRun } from '../../support/stages/fake-run.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

// A whole run is made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = folderPerTest();

function whys({ stages }: PlannedRun): (readonly [string, string])[] {
  return stages.flatMap(({ node, explanation: { state, why } }) =>
    state === 'cached' ? [] : [[node.id, why] as const],
  );
}

test('what a finished run leaves is cached; what is gone runs again, and says so', async () => {
  const run = await finishedFakeRun(dir());
  const planned = await plannedRun(run);
  expect(whys(planned)).toEqual([]);
  expect(planned.missing).toEqual([]);
  expect(planned.images).toEqual({ dataset: { count: 8, source: 'store' } });
  const { key } = (await preparePlan(run)).nodes.find(({ id }) => id === 'sample:sd')!;
  await rm((await run.store.find(key))!.dir, { recursive: true });
  expect(whys(await plannedRun(run))).toEqual([['sample:sd', 'artifact is gone']]);
});

test('stages on missing files have no key, and say why', async () => {
  const run = fakeRun(dir());
  const extractor = { kind: 'pytorch-fid', weights: dir('nowhere.pth'), inputSize: 75 } as const;
  const config = { ...run.config, evaluate: { ...run.config.evaluate, extractor } };
  const { stages, missing } = await plannedRun({ ...run, config });
  expect(missing.map(({ key }) => key)).toEqual(['evaluate.extractor.weights']);
  const unknown = stages.filter(({ key }) => key === undefined);
  expect(unknown.map(({ node }) => node.id)).toEqual([
    'reference',
    'evaluate:teacher',
    'evaluate:lite',
    'evaluate:sd',
  ]);
  expect(new Set(unknown.map(({ explanation }) => explanation.why))).toEqual(
    new Set(['stands on what is missing']),
  );
});
