// What is removed from a store and what is not, by runs with fake stages.
import { cp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { collectGarbage, type Collected } from '../../../src/housekeeping/collect-garbage.ts';
import { entryName } from '../../../src/housekeeping/judge.ts';
import { writeSubmittedRun } from '../../../src/jobs/submitted-run.ts';
import { writeJobState } from '../../../src/jobs/job-state.ts';
import { figureProbes } from '../../../src/plan/probes.ts';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { runExperiment } from '../../../src/runner/run-experiment.ts';
import { thisProcess } from '../../../src/store/lock.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { fakeRun } from '../../support/stages/fake-run.ts';
import { folderPerFile, folderPerTest } from '../../support/temporary-folder.ts';

// Whole runs are made: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const world = folderPerFile();
const folder = folderPerTest();
/** The small experiment with another number of steps in distillation. */
const changed: Experiment = {
  ...smallExperiment,
  name: 'changed',
  distill: { ...smallExperiment.distill, steps: 21 },
};
const ofStudents = ['distill:lite', 'distill:sd', 'evaluate:lite', 'evaluate:sd', 'sample:lite', 'sample:sd'];
/** As the schema fills them in. */
const figures = {
  count: 100,
  frames: 10,
  spectrumImages: 300,
  prompts: [],
  throughputBatch: 64,
  samplerImages: 8,
  samplerReference: 250,
  batchSize: 16,
};
let store: Store;

beforeAll(async () => {
  for (const config of [smallExperiment, changed])
    await runExperiment({ ...fakeRun(world()), config, resultsDir: world('results') });
  await mkdir(world('experiments'));
  await writeFile(world('experiments/small.yaml'), yamlOf(smallExperiment));
});

beforeEach(async () => {
  await cp(world(), folder('world'), { recursive: true, preserveTimestamps: true });
  store = openStore(folder('world/store'));
});

function yamlOf(config: Experiment): string {
  return stringify(Object.fromEntries(Object.entries(config).filter(([, value]) => value !== '')));
}

function collect(
  places: readonly string[],
  options: Partial<Parameters<typeof collectGarbage>[0]> = {},
): Promise<Collected> {
  return collectGarbage({
    places: places.map((place) => folder('world', place)),
    store,
    stages: fakeRun(folder()).stages,
    keep: [],
    youngMs: 0,
    dryRun: false,
    signal: new AbortController().signal,
    onWait: () => undefined,
    ...options,
  });
}

function names({ removed }: Collected): string[] {
  return removed.map(entryName).sort();
}

async function keysIn(parent: string): Promise<string[]> {
  return (await readdir(path.join(store.dir, parent)).catch(() => [])).sort();
}

/** Ids of the stages that a run of `config` computes now. */
async function computedBy(config: Experiment): Promise<readonly string[]> {
  const run = { ...fakeRun(folder()), config, store, resultsDir: folder('again') };
  await runExperiment(run);
  return run.started;
}

async function makeOld(target: string, hours: number): Promise<void> {
  const then = new Date(Date.now() - hours * 3_600_000);
  for (const name of await readdir(target, { recursive: true }))
    await utimes(path.join(target, name), then, then);
  await utimes(target, then, then);
}

async function keyOf(config: Experiment, id: string): Promise<string> {
  const { nodes } = await preparePlan({ ...fakeRun(folder()), config, store });
  return nodes.find((node) => node.id === id)!.key;
}

test('what only an experiment without a file needs is removed, what both need stays', async () => {
  const collected = await collect(['experiments']);
  expect(names(collected)).toEqual(ofStudents);
  expect(collected.kept.every(({ reasons }) => reasons[0] === folder('world/experiments/small.yaml'))).toBe(
    true,
  );
  expect(await keysIn('tmp')).toEqual([]);
  expect(await keysIn('locks')).toEqual([]);
  expect(await computedBy(smallExperiment)).toEqual([]);
  expect([...(await computedBy(changed))].sort()).toEqual(ofStudents);
});

test('--dry-run tells the same and removes nothing', async () => {
  const before = await keysIn('artifacts');
  expect(names(await collect(['experiments'], { dryRun: true }))).toEqual(ofStudents);
  expect(await keysIn('artifacts')).toEqual(before);
});

test('results keep what they were taken from', async () => {
  expect(names(await collect(['results/changed']))).toEqual(ofStudents);
  expect(await computedBy(changed)).toEqual([]);
});

test('sweeps keep what their cells need', async () => {
  await writeFile(
    folder('world/experiments/sweep.yaml'),
    'name: lambdas\nbase: small.yaml\nstudent: sd\nseeds: [0]\noverrides: {distill: {steps: 21}}\n',
  );
  // The cell is the student sd of the changed experiment.
  expect(names(await collect(['experiments']))).toEqual(ofStudents.filter((name) => name.endsWith('lite')));
});

test('analyses beside experiments, and those that results tell, stay', async () => {
  const key = 'ab'.repeat(16);
  await mkdir(path.join(store.dir, 'artifacts', key));
  await mkdir(folder('world/results/small/analysis'));
  await writeFile(
    folder('world/results/small/analysis/analysis.json'),
    JSON.stringify({ models: [{ key }] }),
  );
  await collect(['experiments', 'results']);
  expect(await keysIn('artifacts')).toContain(key);
  await collect(['experiments']);
  expect(await keysIn('artifacts')).not.toContain(key);
});

test('what figures measure beside experiments stays', async () => {
  const config = { ...smallExperiment, figures };
  const models = new Set(['teacher', ...Object.keys(config.students)]);
  const probes = figureProbes(config, models, figures);
  const { nodes } = await preparePlan({ config, store, stages: fakeRun(folder()).stages, probes });
  const measured = ['trajectory', 'fourier', 'convergence'];
  const keys = nodes.filter(({ kind }) => measured.includes(kind)).map(({ key }) => key);
  expect(keys).toHaveLength(11); // three of three models each, and two pairs
  for (const key of keys) await mkdir(path.join(store.dir, 'artifacts', key));
  await collect(['experiments']);
  expect(await keysIn('artifacts')).toEqual(expect.arrayContaining(keys));
});

describe('nothing is removed', () => {
  test.each([
    ['where a configuration is wrong', 'experiments/other.yaml', 'name: other\nsede: 1\n', 'usage', 'sede'],
    ['where one is no YAML', 'experiments/other.yaml', 'name: [', 'usage', 'other.yaml'],
    ['where one is empty', 'experiments/other.yaml', '', 'usage', 'other.yaml'],
    ['where a manifest is damaged', 'results/small/manifest.json', '{', 'input', 'the manifest is damaged'],
    ['where a manifest is of something else', 'results/small/manifest.json', '{}', 'input', 'no manifest'],
    ['where an analysis is damaged', 'results/small/analysis.json', '{}', 'input', 'analysis.json'],
  ])('%s', async (_, file, text, code, message) => {
    const before = await keysIn('artifacts');
    await writeFile(folder('world', file), text);
    await expect(collect(['experiments', 'results'])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(await keysIn('artifacts')).toEqual(before);
  });

  test('where the places hold no experiment and no results, or are not there', async () => {
    const before = await keysIn('artifacts');
    await mkdir(folder('world/empty'));
    await expect(collect(['empty'])).rejects.toThrow('there are no experiments and no results');
    await expect(collect(['nowhere'])).rejects.toThrow('nowhere');
    expect(await keysIn('artifacts')).toEqual(before);
  });

  test('where --keep names nothing', async () => {
    await expect(collect(['experiments'], { keep: ['mistyped'] })).rejects.toThrow('--keep mistyped');
  });
});

test('files of other programs, and parts of experiments that whole ones start from, are no hindrance', async () => {
  await writeFile(folder('world/experiments/compose.yaml'), 'services: {web: {image: x}}\n');
  await writeFile(
    folder('world/experiments/part.yaml'),
    yamlOf(changed).replace(/^teacher:/m, 'distribute: 1\nteacher:'),
  );
  await expect(collect(['experiments'])).rejects.toThrow('part.yaml');
  const { name, teacher, ...part } = changed;
  await writeFile(folder('world/experiments/part.yaml'), stringify({ ...part, description: 'a part' }));
  await writeFile(folder('world/experiments/whole.yaml'), stringify({ extends: 'part.yaml', name, teacher }));
  expect(names(await collect(['experiments']))).toEqual([]);
});

describe('in use', () => {
  test('what a process reads stays, with what it was made from', async () => {
    const key = await keyOf(changed, 'evaluate:sd');
    const use = await store.use([key]);
    const collected = await collect(['experiments']);
    expect(names(collected)).toEqual(ofStudents.filter((name) => name.endsWith('lite')));
    const reasons = Object.fromEntries(collected.kept.map((one) => [one.entry.key, one.reasons]));
    expect(reasons[key]).toEqual([`in use by process ${process.pid} on ${thisProcess().host}`]);
    expect(reasons[await keyOf(changed, 'distill:sd')]).toEqual(['input of sample:sd']);
    await use.release();
    expect(names(await collect(['experiments']))).toEqual(ofStudents.filter((name) => name.endsWith('sd')));
  });

  test('what a run of a living process has noted stays; that of one that is gone does not', async () => {
    const file = store.runFile('changed');
    const record = JSON.parse(await readFile(file, 'utf8')) as object;
    const running = { ...record, status: 'running', process: thisProcess() };
    await writeFile(file, JSON.stringify(running));
    expect(names(await collect(['experiments']))).toEqual([]);
    await writeFile(file, JSON.stringify({ ...running, process: { ...thisProcess(), processStart: '1' } }));
    expect(names(await collect(['experiments']))).toEqual(ofStudents);
  });

  test('what is locked stays, as a whole and by the piece', async () => {
    const [whole, part] = [await keyOf(changed, 'distill:sd'), await keyOf(changed, 'sample:lite')];
    const locks = [await store.lock(whole), await store.lockPiece(part, 'piece-3')];
    await collect(['experiments']);
    expect(await keysIn('artifacts')).toEqual(expect.arrayContaining([whole, part]));
    for (const lock of locks) await lock.release();
  });

  test('what waits in the queue of a cluster stays', async () => {
    const at = path.join(store.dir, 'submitted', 'changed-0123abcd');
    await mkdir(at, { recursive: true });
    const job = { id: 'rest', stages: [], run: 'changed', log: '' };
    const record = { experiment: 'changed', file: '/changed.yaml', jobs: [job] };
    const keys = [await keyOf(changed, 'evaluate:sd')];
    await writeJobState(at, { id: 'rest', status: 'running', process: thisProcess() });
    await writeSubmittedRun(at, record); // as earlier versions wrote it
    await expect(collect(['experiments'])).rejects.toThrow('by an earlier version');
    await writeSubmittedRun(at, { ...record, keys });
    expect(names(await collect(['experiments']))).toEqual(ofStudents.filter((name) => name.endsWith('lite')));
    await writeJobState(at, { id: 'rest', status: 'done' });
    expect(names(await collect(['experiments']))).toEqual(ofStudents.filter((name) => name.endsWith('sd')));
  });
});

describe('young', () => {
  test('what changed or was used lately stays', async () => {
    expect(names(await collect(['experiments'], { youngMs: 3_600_000 }))).toEqual([]);
    await makeOld(path.join(store.dir, 'artifacts'), 2);
    const byRun = await collect(['experiments'], { youngMs: 3_600_000 });
    expect(names(byRun)).toEqual([]);
    expect(byRun.kept.flatMap(({ reasons }) => reasons)).toContain('run changed, not long ago');
    await rm(store.runFile('changed'));
    expect(names(await collect(['experiments'], { youngMs: 3_600_000 }))).toEqual(ofStudents);
  });

  test('the oldest go first', async () => {
    await makeOld(path.join(store.dir, 'artifacts', await keyOf(changed, 'sample:sd')), 9);
    const { removed } = await collect(['experiments']);
    expect(entryName(removed[0]!)).toBe('sample:sd');
  });
});

test('--keep takes names of runs and beginnings of keys', async () => {
  const key = await keyOf(changed, 'evaluate:sd');
  const kept = await collect(['experiments'], { keep: [key.slice(0, 8)], dryRun: true });
  expect(names(kept)).toEqual(ofStudents.filter((name) => name.endsWith('lite')));
  expect(names(await collect(['experiments'], { keep: ['changed'] }))).toEqual([]);
});

test('unfinished and half-written work that nobody needs goes, and what was put aside', async () => {
  const [needed, given] = [await keyOf(smallExperiment, 'distill:sd'), 'cd'.repeat(16)];
  await rm(path.join(store.dir, 'artifacts', needed), { recursive: true });
  const places = [
    `work/${needed}`,
    `work/${given}`,
    `tmp/${needed}`,
    `tmp/removed-a1b2c3`,
    `damaged/${needed}-1`,
  ];
  for (const place of places) {
    await mkdir(path.join(store.dir, place), { recursive: true });
    await writeFile(path.join(store.dir, place, 'x'), 'abc');
  }
  await mkdir(path.join(store.dir, 'damaged/mine'));
  const { removed } = await collect(['experiments', 'results']);
  expect(removed.map(({ place }) => place).sort()).toEqual(['damaged', 'removed', 'tmp', 'work']);
  expect(removed.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(12);
  expect(await keysIn('work')).toEqual([needed]);
  expect(await keysIn('tmp')).toEqual([]);
  expect(await keysIn('damaged')).toEqual(['mine']);
});

test('where data are not at hand, what an experiment may have made of them stays', async () => {
  const away: Experiment = {
    ...changed,
    dataset: {
      kind: 'folder',
      path: folder('images'),
      size: 16,
      filter: 'bicubic',
      alpha: 'white',
      maxCorrupt: 0,
    },
  };
  await writeFile(folder('world/experiments/away.yaml'), yamlOf({ ...away, name: 'away' }));
  const { kept, removed } = await collect(['experiments']);
  expect(removed).toEqual([]);
  const perhaps = kept.filter(
    ({ reasons }) => reasons[0] === `perhaps ${folder('world/experiments/away.yaml')}`,
  );
  expect(perhaps.map(({ entry }) => entryName(entry)).sort()).toEqual(ofStudents);
});
