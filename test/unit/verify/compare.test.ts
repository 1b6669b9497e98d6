import { writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { stages } from '../../../src/stages/registry.ts';
import { openStore } from '../../../src/store/store.ts';
import { compareTargets } from '../../../src/verify/compare.ts';
import { minimal } from '../../support/experiments/experiment-files.ts';
import { finishedFakeRun } from '../../support/stages/fake-run.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

// A whole run is made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const dir = folderPerTest();

function compare(a: string, b: string) {
  const store = openStore(dir('store'));
  const { signal } = new AbortController();
  return compareTargets(a, b, { resultsDir: dir('results'), store, stages, signal });
}

test('results are the same as themselves, by name and by folder', async () => {
  await finishedFakeRun(dir());
  expect(await compare('small', dir('results', 'small'))).toEqual([]);
});

test('files differ in configuration and in the stages that follow from it', async () => {
  await writeFile(dir('a.yaml'), minimal);
  await writeFile(
    dir('b.yaml'),
    minimal.replace('learningRate: 1e-3}\nstudents', 'learningRate: 2e-3}\nstudents'),
  );
  const found = await compare(dir('a.yaml'), dir('b.yaml'));
  expect(found[0]).toEqual({
    part: 'config',
    what: 'teacher.train.learningRate',
    left: '0.001',
    right: '0.002',
  });
  expect(found.filter(({ part }) => part === 'stage').map(({ what }) => what)).toContain('teacher');
  expect(found.map(({ what }) => what)).not.toContain('dataset');
});

test('a file whose data is not there is compared without its stages', async () => {
  const absent = minimal.replace('{kind: emoji, size: 32}', '{kind: folder, path: nowhere, size: 32}');
  await writeFile(dir('a.yaml'), minimal);
  await writeFile(dir('b.yaml'), absent);
  const found = await compare(dir('a.yaml'), dir('b.yaml'));
  expect(new Set(found.map(({ part }) => part))).toEqual(new Set(['config']));
});

test('what is not there is refused', async () => {
  await expect(compare('small', 'small')).rejects.toMatchObject({ code: 'input' });
});
