import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { resultNames } from '../../../src/cli/completion/result-names.ts';
import { findResults } from '../../../src/runner/read-results.ts';
import { readRunRecord } from '../../../src/runner/run-record.ts';
import { runExperiment, type ExperimentRun } from '../../../src/runner/run-experiment.ts';
import { fakeStages, type FakeOptions } from '../../support/stages/fake-stages.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-experiment-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function run(
  options: FakeOptions = {},
  config: Experiment = smallExperiment,
  stages = fakeStages(options).stages,
  variant?: string,
): Promise<ExperimentRun> {
  return runExperiment({
    config,
    file: path.join(dir, 'experiments', 'small.yaml'),
    configDigest: 'c0'.repeat(32),
    store: openStore(path.join(dir, 'store')),
    resultsDir: path.join(dir, 'results'),
    ...(variant !== undefined && { variant }),
    stages,
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
    'timings.json',
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

/** The files of a folder in base64, by name. */
async function read(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'base64')));
  return Object.fromEntries(names.map((name, i) => [name, texts[i]!]));
}

test('a second run, all from the store, writes the same bytes', async () => {
  const first = await read((await run()).resultsFolder);
  expect(await read((await run()).resultsFolder)).toEqual(first);
});

test('a run on another machine writes the same bytes but for timings.json', async () => {
  const { sample } = fakeStages().stages;
  const faster: typeof sample = {
    ...sample,
    run: async (context) => {
      const result = await sample.run(context);
      return { summary: { ...result?.summary, samplesPerSecond: 40 } };
    },
  };
  const { resultsFolder, timings } = await run();
  const { 'timings.json': here, ...first } = await read(resultsFolder);
  await rm(path.join(dir, 'store'), { recursive: true });
  const again = await run({}, { ...smallExperiment, threads: 7 }, { ...fakeStages().stages, sample: faster });
  const { 'timings.json': there, ...second } = await read(resultsFolder);
  expect(second).toEqual(first);
  expect(there).not.toBe(here);
  expect([timings, again.timings]).toEqual(
    [2, 40].map((speed) => ({
      engine: {},
      samplesPerSecond: { teacher: speed, lite: speed, sd: speed },
    })),
  );
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

test('an experiment with changes leaves the results of the experiment alone; its labels are told everywhere', async () => {
  const plain = await run();
  const before = await readFile(path.join(plain.resultsFolder, 'manifest.json'), 'utf8');
  const config: Experiment = { ...smallExperiment, seed: 9, tags: ['tried', 'seed'], notes: 'Luck? ' };
  const changed = await run({}, config, fakeStages().stages, 'seed=9');
  expect(changed.resultsFolder).toBe(path.join(plain.resultsFolder, 'seed=9'));
  expect(await readFile(path.join(plain.resultsFolder, 'manifest.json'), 'utf8')).toBe(before);
  expect(changed.manifest).toMatchObject({
    ...{ experiment: 'small', variant: 'seed=9' },
    ...{ tags: ['tried', 'seed'], notes: 'Luck?' },
  });
  expect(plain.manifest).not.toHaveProperty('tags');
  const read = (name: string) => readFile(path.join(changed.resultsFolder, name), 'utf8');
  expect(await read('table.md')).toMatch(/^# small, seed=9\n[^]*Tags: tried, seed\.[^]*Luck\?/);
  expect(await read('report.html')).toContain('<h1>small, seed=9</h1>');
  const record = await readRunRecord(openStore(path.join(dir, 'store')).runFile('small'));
  expect(record).toMatchObject({ tags: ['tried', 'seed'], notes: 'Luck?' });
  const found = await findResults('small/seed=9', path.join(dir, 'results'));
  expect(found.folder).toBe(changed.resultsFolder);
  expect(await resultNames(path.join(dir, 'results'))).toEqual(['small', 'small/seed=9']);
});
