// `sdx watch` by the requests of a browser, beside runs with fake stages, over their stores, and over sweeps.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchCommand } from '../../../src/cli/commands/watch.ts';
import { runExperiment } from '../../../src/runner/run-experiment.ts';
import { operationsOf, viewExperiment } from '../../../src/watch/experiment-view.ts';
import { viewSweep } from '../../../src/watch/sweep-view.ts';
import type { View } from '../../../src/watch/view.ts';
import { serveWatch } from '../../../src/watch/watch-server.ts';
import { minimal } from '../../support/experiments/experiment-files.ts';
import { sweepWorld } from '../../support/experiments/sweep-world.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { fakeRun, finishedFakeRun, type FakeRun } from '../../support/stages/fake-run.ts';
import { fakeSummaries } from '../../support/stages/fake-stages.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

// Whole runs are made and networks traced: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000 });

const dir = folderPerTest();

async function serving(look: () => Promise<View>, resultsFolder: string) {
  const { url, close } = await serveWatch({ port: 0, look, resultsFolder });
  onTestFinished(close);
  return {
    get: (file: string) => fetch(new URL(file, url)),
    text: async (file: string) => (await fetch(new URL(file, url))).text(),
    state: async () => (await fetch(new URL('state.json', url))).json() as Promise<View>,
  };
}

test('beside a run: stages, the losses so far, the time left; afterwards the results', async () => {
  let during: { state: View; page: string } | undefined;
  const run = fakeRun(dir(), {
    behaviour: async (id, { emit }) => {
      if (id !== 'distill:sd') return;
      emit({ type: 'metric', step: 5, values: { loss: 0.75 } });
      emit({ type: 'metric', step: 10, values: { loss: 0.5 } });
      await expect
        .poll(async () => (await state()).curves.find(({ name }) => name === id)?.points.length)
        .toBe(2);
      during = { state: await state(), page: await text('/') };
    },
  });
  const watched = { config: run.config, store: run.store, resultsDir: dir('results') };
  const operations = await operationsOf(watched);
  expect(operations.get('distill:sd')).toBeGreaterThan(0);
  const look = () => viewExperiment(watched, operations);
  const { get, text, state } = await serving(look, dir('results', 'small'));
  expect(await state()).toMatchObject({ status: 'not run', rows: [], curves: [], reports: [] });
  expect(await text('/')).toContain('It has not been run with this store');

  await runExperiment(run);
  const { state: then, page } = during!;
  const stage = (id: string) => then.rows.find((row) => row.id === id);
  expect(then).toMatchObject({ status: 'running', reports: [] });
  expect(then.left?.seconds).toBeGreaterThan(0);
  expect(stage('teacher')).toMatchObject({ status: 'done', note: 'loss 0.500' });
  expect(stage('distill:sd')).toMatchObject({ status: 'running', note: 'loss 0.500' });
  expect(stage('sample:sd')).toMatchObject({ status: 'pending' });
  expect(page).toMatch(/<td class="left best"><strong>running<\/strong>/);
  expect(page).toContain('aria-label="loss against training step"');
  expect(page).toContain('Time left');

  const after = await state();
  expect(after).toMatchObject({ status: 'done', reports: ['report.html'] });
  expect(after.left).toBeUndefined();
  // Of what is published, the whole curve.
  expect(after.curves.find(({ name }) => name === 'distill:sd')?.points).toHaveLength(2);
  expect(await text('/live')).toContain('<a href="/results/report.html">');
  expect((await get('/results/report.html')).status).toBe(200);
  expect(await text('/results/report.html')).toContain('<title>small · sdx');
});

test('what is trained already tells of the time left by the seconds of all its runs', async () => {
  await finishedFakeRun(dir());
  const { students } = smallExperiment;
  const config = { ...smallExperiment, students: { ...students, sd: { ...students['sd']!, freq: false } } };
  let during: View | undefined;
  const run: FakeRun = {
    ...fakeRun(dir(), {
      behaviour: async () => {
        during ??= await viewExperiment(watched, operations);
      },
    }),
    config,
  };
  const watched = { config, store: run.store, resultsDir: dir('results') };
  const operations = await operationsOf(watched);
  await runExperiment(run);
  const status = (id: string) => during!.rows.find((row) => row.id === id)!.status;
  expect([status('distill:lite'), status('distill:sd')]).toEqual(['cached', 'running']);
  // The fake stage ended at once, and says that the training took so long.
  const seconds = fakeSummaries.distill['seconds'] as number;
  const pace = operations.get('distill:lite')! / seconds;
  expect(during!.left!.seconds).toBeGreaterThan(operations.get('distill:sd')! / pace);
});

test('needs nothing from elsewhere, reads alone, and shows the results folder alone', async () => {
  await mkdir(dir('results', 'small'), { recursive: true });
  await writeFile(dir('results', 'secret.html'), 'secret');
  const look = (): Promise<View> =>
    Promise.resolve({
      ...{ kind: 'experiment', name: '<b>small', status: 'failed', curves: [], reports: [] },
      rows: [{ id: 'teacher', status: 'failed', note: '<script>alert(1)</script>' }],
    });
  const { get, text } = await serving(look, dir('results', 'small'));
  const page = await text('/');
  expect(page).not.toContain('<b>small');
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/(?:src|href)="(?!data:|\/)/);
  expect((await get('/')).headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
  expect((await get('/results/..%2fsecret.html')).status).toBe(404);
  expect((await get('/other')).status).toBe(404);
});

test('nothing is written: the store stays as it is, and is not made', async () => {
  const run = fakeRun(dir());
  const watched = { config: run.config, store: run.store, resultsDir: dir('results') };
  await viewExperiment(watched, await operationsOf(watched));
  await viewSweep({ name: 'none', store: run.store, resultsDir: dir('results') }, Date.now());
  expect(await readdir(dir())).toEqual([]);
  await runExperiment(run);
  const before = await readdir(dir(), { recursive: true });
  await viewExperiment(watched, await operationsOf(watched));
  expect(await readdir(dir(), { recursive: true })).toEqual(before);
});

test('a sweep: its jobs, the curves of its students, and the time left by jobs that have ended', async () => {
  const world = await sweepWorld('name: many\nbase: base.yaml\nstudent: sd\ntoggles: [freq]\n');
  const watched = { name: 'many', store: world.store, resultsDir: path.dirname(world.resultsFolder) };
  expect(await viewSweep(watched, Date.now())).toMatchObject({ status: 'not run', rows: [] });
  let during: View | undefined;
  await world.launch({
    behaviour: async (id) => {
      if (id === 'distill:sd') during = await viewSweep(watched, Date.now());
    },
  });
  // In the last cell the one before it has ended.
  expect(during).toMatchObject({ kind: 'sweep', status: 'running' });
  expect(during!.left?.seconds).toBeGreaterThanOrEqual(0);
  expect(during!.curves.map(({ name }) => name)).toEqual(['fr0-seed0']);
  expect(during!.rows.find(({ id }) => id === 'fr1-seed0')).toMatchObject({ status: 'running' });
  const after = await viewSweep(watched, Date.now());
  expect(after).toMatchObject({ status: 'done', reports: ['report.html'] });
  expect(after.curves.map(({ name }) => name).sort()).toEqual(['fr0-seed0', 'fr1-seed0']);
  const { text } = await serving(() => viewSweep(watched, Date.now()), world.resultsFolder);
  expect(await text('/live')).toContain('fr1-seed0');
});

test('the command serves until it is interrupted', async () => {
  await writeFile(dir('tiny.yaml'), minimal);
  const stop = new AbortController();
  let shown: (text: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => (shown = resolve));
  const io = {
    stdout: {
      write: (text: string) => {
        shown(text.trim());
      },
    },
    stderr: { write: () => undefined },
    isTty: false,
    color: false,
    signal: stop.signal,
  };
  const options = { port: 0, store: dir('store'), results: dir('results') };
  const ended = watchCommand(dir('tiny.yaml'), ['name=other'], options, io);
  expect(await (await fetch(await url)).text()).toContain('<h1>other</h1>');
  stop.abort();
  expect(await ended).toBe(0);
  await expect(fetch(await url)).rejects.toThrow();
  expect(await readdir(dir())).toEqual(['tiny.yaml']);
});
