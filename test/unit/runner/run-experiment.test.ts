import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { runExperiment, type ExperimentRun } from '../../../src/runner/run-experiment.ts';
import { fakeStages, type FakeOptions } from '../../support/stages/fake-stages.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-experiment-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function run(options: FakeOptions = {}, config: Experiment = smallExperiment): Promise<ExperimentRun> {
  return runExperiment({
    config,
    file: path.join(dir, 'experiments', 'small.yaml'),
    configDigest: 'c0'.repeat(32),
    store: openStore(path.join(dir, 'store')),
    resultsDir: path.join(dir, 'results'),
    stages: fakeStages(options).stages,
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

test('writes table, manifest, report and images; the manifest holds what the stages measured', async () => {
  const { manifest, resultsFolder } = await run();
  expect(await readdir(resultsFolder)).toEqual([
    'autoencoder.png',
    'dataset.png',
    'manifest.json',
    'report.html',
    'samples-lite.png',
    'samples-sd.png',
    'samples-teacher.png',
    'table.csv',
    'table.md',
    'table.tex',
  ]);
  expect(JSON.parse(await readFile(path.join(resultsFolder, 'manifest.json'), 'utf8'))).toEqual(manifest);
  expect(manifest.models.map(({ name, role, status }) => [name, role, status])).toEqual([
    ['teacher', 'teacher', 'done'],
    ['lite', 'student', 'done'],
    ['sd', 'student', 'done'],
  ]);
  expect(manifest.models[2]).toMatchObject({
    waveletGating: true,
    spatial: true,
    freq: true,
    params: 1000,
    finalLoss: 0.5,
    curve: [{ step: 5 }, { step: 10 }],
    fid: { value: 12.5, card: { n: 8 } },
    metrics: { kid: { value: 0.25, card: { n: 8 } } },
    spectrum: { lowError: 0.1 },
    files: { grid: 'samples-sd.png' },
  });
  expect(manifest.dataset).toMatchObject({ count: 8, corrupt: 0, radial: [3, 2, 1] });
  expect(manifest.stages).toHaveLength(13);
});

test('a second run, all from the store, writes the same bytes', async () => {
  const read = async (folder: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(folder)).map(async (name) => [
          name,
          await readFile(path.join(folder, name), 'base64'),
        ]),
      ),
    ) as Record<string, string>;
  const first = await read((await run()).resultsFolder);
  expect(await read((await run()).resultsFolder)).toEqual(first);
});

test('models that failed are in the table, with the reason and with costs from their networks', async () => {
  const { manifest, outcome } = await run({
    behaviour: (id) => {
      if (id === 'distill:lite') throw new Error('loss is NaN at step 3');
      if (id === 'evaluate:sd') throw new Error('no memory');
    },
  });
  expect(outcome.failed).toEqual(['distill:lite', 'evaluate:sd']);
  expect(manifest.models[1]).toMatchObject({
    name: 'lite',
    status: 'failed',
    reason: 'loss is NaN at step 3',
    modelChannels: 32,
    steps: 0,
    curve: [],
  });
  expect(manifest.models[1]!.params).toBeGreaterThan(100_000);
  expect(manifest.models[1]!.macs).toBeGreaterThan(1_000_000);
  expect(manifest.models[2]).toMatchObject({
    name: 'sd',
    status: 'failed',
    reason: 'no memory',
    params: 1000,
    files: { grid: 'samples-sd.png' },
  });
  expect(manifest.models[2]!.fid).toBeUndefined();
  const table = await readFile(path.join(dir, 'results', 'small', 'table.md'), 'utf8');
  expect(table).toContain('loss is NaN at step 3');
});

test('results name no path of the machine', async () => {
  const images = path.join(dir, 'experiments', 'images');
  await mkdir(images, { recursive: true });
  const { resultsFolder } = await run();
  await copyFile(path.join(resultsFolder, 'dataset.png'), path.join(images, 'a.png'));
  const { manifest, resultsFolder: folder } = await run(
    {},
    {
      ...smallExperiment,
      dataset: { kind: 'folder', path: images, size: 16, filter: 'bicubic', alpha: 'white', maxCorrupt: 0 },
    },
  );
  expect(manifest.config).toMatchObject({ dataset: { path: 'images' } });
  for (const name of ['manifest.json', 'report.html', 'table.md'])
    expect(await readFile(path.join(folder, name), 'utf8')).not.toContain(dir);
});

test('missing files are refused before anything runs, by name', async () => {
  const missing = path.join(dir, 'none.ckpt');
  const config: Experiment = {
    ...smallExperiment,
    teacher: { unet: smallExperiment.teacher.unet, checkpoint: { path: missing, ema: 'prefer' } },
  };
  await expect(run({}, config)).rejects.toMatchObject({
    name: 'UserError',
    code: 'input',
    message:
      'small cannot start: 1 thing is missing\n' +
      `  teacher.checkpoint.path: ${missing} does not exist\n    Put the teacher's weights there.`,
  });
});
