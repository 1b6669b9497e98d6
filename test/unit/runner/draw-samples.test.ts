import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { drawSamples, type DrawSamplesOptions } from '../../../src/runner/draw-samples.ts';
import { fakeRun, finishedFakeRun } from '../../support/stages/fake-run.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

// A whole run is made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = folderPerFile();
beforeAll(() => finishedFakeRun(dir()));

/** `sdx sample` on the run of `dir()`; the stages that started. */
async function draw(options: Partial<DrawSamplesOptions>): Promise<readonly string[]> {
  const run = fakeRun(dir());
  const files = { grid: dir('deeper', 'grid.png') };
  const plain = { ...run, experiment: 'small.yaml', model: 'sd', files, scale: 1, force: true };
  await drawSamples({ ...plain, ...options });
  return run.started;
}

test('the grid of the run, as long as nothing is asked otherwise', async () => {
  const { store } = fakeRun(dir());
  expect(await draw({})).toEqual([]);
  const grid = await readFile(dir('deeper', 'grid.png'));
  expect(grid.subarray(1, 4).toString()).toBe('PNG');
  expect(store.runFile('small-sample-sd')).toMatch(/small-sample-sd\.json$/);
  expect(JSON.parse(await readFile(store.runFile('small-sample-sd'), 'utf8'))).toMatchObject({
    experiment: 'small-sample-sd',
    nodes: { 'sample:sd': { status: 'cached' } },
  });
});

test('another seed is another sampling of the same model, kept beside that of the run', async () => {
  expect(await draw({ seed: 7 })).toEqual(['sample:sd']);
  expect(await draw({ seed: 7 })).toEqual([]);
  expect(await draw({ model: 'teacher', seed: 7 })).toEqual(['sample:teacher']);
  expect(await draw({})).toEqual([]);
});

test('refuses unknown models and folders as output before anything is sampled', async () => {
  await expect(draw({ model: 'huge', seed: 7 })).rejects.toMatchObject({
    code: 'usage',
    message: 'the experiment has no model huge',
    hint: 'it has teacher, lite, sd',
  });
  await mkdir(dir('folder.png'));
  const run = fakeRun(dir());
  const options = { ...run, experiment: 'small.yaml', model: 'sd', seed: 7, scale: 1, force: true };
  const files = { grid: dir('folder.png') };
  await expect(drawSamples({ ...options, files })).rejects.toMatchObject({
    code: 'usage',
    message: /is a folder/,
  });
  expect(run.started).toEqual([]);
});

test('a model that is not trained names the way to train it', async () => {
  const { store } = fakeRun(dir());
  await rm(path.join(store.dir, 'artifacts'), { recursive: true });
  await expect(draw({})).rejects.toMatchObject({
    code: 'input',
    message: /^the model sd is not trained yet/,
    hint: 'run `sdx run small.yaml` first, with the same changes and store',
  });
});
