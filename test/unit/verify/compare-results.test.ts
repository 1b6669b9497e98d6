// What may stand side by side, how it differs, and which samples start from the same noise.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { writeResultsFolder } from '../../../src/report/write-results.ts';
import { writeSweepResults } from '../../../src/report/write-sweep-results.ts';
import { runExperiment } from '../../../src/runner/run-experiment.ts';
import { renderGrid } from '../../../src/stages/rows/grid.ts';
import { compareResults } from '../../../src/verify/compare-results.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { ablation, withCell } from '../../support/manifests/ablation-manifest.ts';
import { ffhqManifest } from '../../support/manifests/ffhq-manifest.ts';
import { fakeRun } from '../../support/stages/fake-run.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

// Whole runs are made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const dir = folderPerTest();
const compare = (...targets: string[]) => compareResults(targets, dir('results'));

/** The results of a fake run of the small experiment with changes, with grids as large as its samples would have. */
async function results(name: string, changes: Partial<typeof smallExperiment> = {}): Promise<void> {
  const config = { ...smallExperiment, name, ...changes };
  await runExperiment({ ...fakeRun(dir()), config });
  const { dataset, sample } = config;
  const shown = Math.min(sample.gridColumns * sample.gridRows, sample.count);
  const size = dataset.size;
  const images = Uint8Array.from({ length: shown * size * size * 3 }, (_, i) => i % 251);
  for (const model of models)
    await writeFile(
      path.join(dir('results', name), `samples-${model}.png`),
      await renderGrid(images, { size, columns: sample.gridColumns }),
    );
}

const models = ['teacher', 'lite', 'sd'];

beforeEach(() => results('small'));

test('samples of the same seed and shape are aligned, whatever the sampler', async () => {
  await results('longer', { sample: { ...smallExperiment.sample, steps: 20, gridRows: 1 } });
  const { samples, differences } = await compare('small', 'longer');
  expect(samples.map(({ model }) => model)).toEqual(models);
  for (const { aligned, alone } of samples) {
    expect(aligned.map((group) => group.map(({ label }) => label))).toEqual([['small', 'longer']]);
    expect(alone).toEqual([]);
  }
  const [small, longer] = samples[2]!.aligned[0]!;
  expect(small!.images).toHaveLength(8);
  expect(small!.images.slice(0, 3)).toEqual(longer!.images.slice(0, 3));
  expect(differences.filter(({ part }) => part === 'config')).toEqual([
    { label: 'longer', part: 'config', what: 'sample.steps', first: '10', other: '20' },
    { label: 'longer', part: 'config', what: 'sample.gridRows', first: '2', other: '1' },
  ]);
});

test('samples of other seeds stand apart: of the students where theirs differs', async () => {
  await results('reseeded', { studentSeed: 7 });
  const { samples } = await compare('small', 'reseeded');
  expect(samples.map(({ model, aligned, alone }) => [model, aligned.length, alone.length])).toEqual([
    ['teacher', 1, 0],
    ['lite', 0, 2],
    ['sd', 0, 2],
  ]);
});

test('grids that are not what their configuration says are shown as they are', async () => {
  await results('other');
  const white = new Uint8Array(4 * 4 * 3).fill(255);
  await writeFile(
    path.join(dir('results', 'other'), 'samples-sd.png'),
    await renderGrid(white, { size: 4, columns: 1 }),
  );
  const { samples } = await compare('small', 'other');
  expect(samples.map(({ aligned, alone }) => [aligned.length, alone.length])).toEqual([
    [1, 0],
    [1, 0],
    [0, 2],
  ]);
});

test('results of the same name go by what the user typed', async () => {
  await runExperiment({ ...fakeRun(dir('again')), config: smallExperiment });
  const again = dir('again', 'results', 'small');
  const { results: compared } = await compare('small', again);
  expect(compared.map(({ label }) => label)).toEqual(['small', again]);
});

test('sweeps differ in what their common runs differ in, once', async () => {
  const changed = withCell(0, (cell) => ({ ...cell, config: { distill: { lambdaF: 1 } } }));
  const cells = changed.cells.map((cell, i) => (i === 0 ? cell : { ...cell, config: { steps: 3 } }));
  await writeSweepResults(dir('results', 'one'), ablation, {});
  await writeSweepResults(dir('results', 'two'), { ...changed, sweep: 'two', cells: cells.slice(0, 2) }, {});
  const { differences } = await compare('one', 'two');
  expect(differences.map(({ what, runs }) => [what, runs])).toEqual([
    ['distill', ['wg0-sp0-fr0-seed0', 'wg0-sp0-fr0-seed1', 'wg0-sp0-fr0-seed2']],
    ['steps', [0, 1, 2].map((seed) => `${ablation.cells[1]!.id}-seed${seed}`)],
  ]);
});

test('what has nothing in common is refused with what it has', async () => {
  await writeSweepResults(dir('results', 'sweep'), ablation, {});
  const none = { ...ablation, cells: ablation.cells.map((cell) => ({ ...cell, id: `${cell.id}-x` })) };
  await writeSweepResults(dir('results', 'strange'), none, {});
  await writeResultsFolder(
    dir('results', 'ffhq'),
    { 'manifest.json': JSON.stringify({ ...ffhqManifest, models: [] }) },
    {},
  );
  const refused = async (targets: readonly string[], message: RegExp): Promise<void> => {
    await expect(compare(...targets)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message) as string,
    });
  };
  await refused(['small', 'sweep'], /small is an experiment and sweep is a sweep/);
  await refused(['sweep', 'strange'], /sweep and strange have no cell in common/);
  await refused(['small', 'ffhq'], /no model in common/);
  await refused(['small', dir('results', 'small')], /are the same results/);
  await refused(
    Array.from({ length: 9 }, () => 'small'),
    /9 results are too many/,
  );
  await expect(compare('small', 'nothing')).rejects.toMatchObject({ code: 'input' });
});
