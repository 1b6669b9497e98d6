import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import { tmpdir } from 'node:os';
import { openStore } from '../../../src/store/store.ts';
import type { Experiment } from '../../../src/config/types.generated.ts';
import { instructionSet } from '../../../src/engine/instruction-set.ts';
import { findResults } from '../../../src/runner/read-results.ts';
import type { ResultsManifest } from '../../../src/results/manifest.ts';
import { runExperiment } from '../../../src/runner/run-experiment.ts';
import { checkArtifacts, checkNumbers } from '../../../src/verify/artifacts.ts';
import { checkPlans } from '../../../src/verify/check-plan.ts';
import { differencesOf, sidesOf } from '../../../src/verify/differences.ts';
import { rerunStages, type Rerun } from '../../../src/verify/rerun.ts';
import { checkResultFiles } from '../../../src/verify/result-files.ts';
import { subjectsOf } from '../../../src/verify/subject.ts';
import { fakeStages, type FakeOptions } from '../../support/stages/fake-stages.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { sweepWorld } from '../../support/experiments/sweep-world.ts';

// These tests run and verify whole experiments: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir: string;
const signal = new AbortController().signal;
const noEngine = () => Promise.reject(new Error('no stage here needs an engine'));

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-verify-'));
  await run(smallExperiment);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const store = () => openStore(path.join(dir, 'store'));
const results = () => findResults('small', path.join(dir, 'results'));

async function run(config: Experiment): Promise<void> {
  await runExperiment({
    config,
    file: path.join(dir, 'small.yaml'),
    configDigest: 'c0'.repeat(32),
    store: store(),
    resultsDir: path.join(dir, 'results'),
    stages: fakeStages().stages,
    engine: noEngine,
    signal,
    onEvent: () => undefined,
  });
}

/** Replaces text in a file of the results while `look` looks. */
async function tampered<T>(name: string, from: string, to: string, look: () => Promise<T>): Promise<T> {
  const file = path.join(dir, 'results', 'small', name);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  try {
    return await look();
  } finally {
    await writeFile(file, text);
  }
}

const filesOf = async () => (await checkResultFiles(await results())).mismatches;

describe('generated files', () => {
  it('are what the manifest gives', async () => {
    expect(await filesOf()).toEqual([]);
  });

  it.each([
    [
      'table.md',
      '12.50',
      '11.50',
      'teacher, FID ↓: 11.50 (n = 8)<sup>a</sup> should be 12.50 (n = 8)<sup>a</sup>',
    ],
    ['table.csv', ',12.5,', ',11.5,', 'teacher, fid: 11.5 should be 12.5'],
    [
      'table.tex',
      '12.50',
      '11.50',
      'teacher, FID $\\downarrow$: 11.50 (n = 8)\\textsuperscript{a} should be 12.50 (n = 8)\\textsuperscript{a}',
    ],
  ])('a changed cell of %s is named', async (name, from, to, problem) => {
    const [first] = await tampered(name, from, to, filesOf);
    expect(first).toMatchObject({ problem });
    expect(first!.what).toMatch(new RegExp(`^${name}:\\d+$`));
  });

  it('a changed report and a missing image are found', async () => {
    const [report] = await tampered('report.html', '12.50', '11.50', filesOf);
    expect(report!.what).toMatch(/^report\.html:\d+$/);
    const image = path.join(dir, 'results', 'small', 'samples-sd.png');
    const png = await readFile(image);
    await rm(image);
    expect((await filesOf()).map(({ what }) => what)).toContain('samples-sd.png');
    await writeFile(image, png);
  });
});

describe('artifacts', () => {
  const check = async () => checkArtifacts(subjectsOf(await results()), store(), signal);

  it('are all there and whole', async () => {
    const { artifacts, mismatches } = await check();
    expect(mismatches).toEqual([]);
    expect(artifacts.size).toBe(13);
  });

  it('a changed and a missing one are named', async () => {
    const { artifacts } = await check();
    const sample = [...artifacts.values()].find(({ manifest }) => manifest.kind === 'sample')!;
    const file = path.join(sample.dir, 'out.txt');
    const text = await readFile(file, 'utf8');
    await writeFile(file, 'other');
    expect((await check()).mismatches).toEqual([
      { what: `artifact ${sample.key.slice(0, 12)} (sample:teacher)`, problem: 'out.txt is changed' },
    ]);
    await writeFile(file, text);
    const manifest = path.join(sample.dir, 'artifact.json');
    const sealed = await readFile(manifest, 'utf8');
    await writeFile(manifest, sealed.replace('"count": 8', '"count": 9'));
    expect((await check()).mismatches).toEqual([
      { what: `artifact ${sample.key.slice(0, 12)} (sample:teacher)`, problem: 'artifact.json is changed' },
    ]);
    await writeFile(manifest, sealed);
    const other = await checkArtifacts(
      subjectsOf(await results()),
      openStore(path.join(dir, 'none')),
      signal,
    );
    expect(other.mismatches).toHaveLength(13);
  });

  it('tell the numbers that the manifest tells', async () => {
    const look = async () => {
      const subjects = subjectsOf(await results());
      const { artifacts } = await checkArtifacts(subjects, store(), signal);
      return checkNumbers(subjects, artifacts);
    };
    expect((await look()).mismatches).toEqual([]);
    const { mismatches } = await tampered('manifest.json', '"value": 12.5', '"value": 11.5', look);
    expect(mismatches).toMatchObject([{ what: 'small teacher' }]);
    expect(mismatches[0]!.problem).toMatch(
      /^fid is {"value":11.5,.* in the manifest and {"value":12.5,.* in evaluate:teacher$/,
    );
  });
});

it('floors are held against the stage that took them', async () => {
  await run({ ...smallExperiment, name: 'floored', evaluate: { ...smallExperiment.evaluate, floors: true } });
  const look = async (change: (manifest: ResultsManifest) => ResultsManifest) => {
    const found = await findResults('floored', path.join(dir, 'results'));
    if (found.kind !== 'experiment') throw new Error('not an experiment');
    const subjects = subjectsOf({ ...found, manifest: change(found.manifest) });
    const { artifacts } = await checkArtifacts(subjects, store(), signal);
    return checkNumbers(subjects, artifacts).mismatches;
  };
  expect(await look((manifest) => manifest)).toEqual([]);
  const [mismatch] = await look((manifest) => ({
    ...manifest,
    floors: [{ name: 'real images', metrics: {} }],
  }));
  expect(mismatch!.what).toBe('floored');
  expect(mismatch!.problem).toMatch(
    /^floors are \[{"name":"real images","metrics":{}}\] in the manifest and \[{"name":"real images","fid".* in floor$/,
  );
});

describe('stage keys', () => {
  const check = async () =>
    checkPlans({
      subjects: subjectsOf(await results()),
      base: dir,
      store: store(),
      stages: fakeStages().stages,
      signal,
    });

  it('follow from the configuration', async () => {
    expect(await check()).toEqual({ count: 13, mismatches: [] });
  });

  it('change with it: what was made from other settings is found', async () => {
    const { mismatches } = await tampered('manifest.json', '"lambdaF": 0.1', '"lambdaF": 0.2', check);
    expect(mismatches).toEqual([
      {
        what: 'small',
        problem: 'the configuration now gives another key for distill:sd, sample:sd, evaluate:sd',
      },
    ]);
  });
});

describe('running stages again', () => {
  const rerun = async (
    chosen: readonly string[],
    options: FakeOptions = {},
    { stages } = { stages: fakeStages(options).stages },
    engine?: Readonly<Record<string, string>>,
  ): Promise<Rerun> => {
    const subjects = subjectsOf(await results());
    const { artifacts: stored } = await checkArtifacts(subjects, store(), signal);
    const artifacts = new Map(
      [...stored].map(([key, artifact]) => [
        key,
        { ...artifact, manifest: { ...artifact.manifest, ...(engine && { engine }) } },
      ]),
    );
    return rerunStages({
      subjects,
      chosen,
      artifacts,
      store: store(),
      stages,
      engine: () => noEngine,
      signal,
      onStart: () => undefined,
      onEvent: () => undefined,
    });
  };

  it('gives the same numbers and bytes, each stage once, and leaves nothing', async () => {
    expect(await rerun(['evaluate', 'evaluate:sd'])).toEqual({ count: 3, deviation: 0, mismatches: [] });
    expect(await rerun(['latents', 'dataset'])).toMatchObject({ count: 2, mismatches: [] });
    expect((await readdir(store().dir)).filter((name) => name.startsWith('verify-'))).toEqual([]);
  });

  it('names other bytes', async () => {
    const behaviour = async (id: string, { outputDir }: { readonly outputDir: string }): Promise<void> => {
      if (id === 'latents') await writeFile(path.join(outputDir, 'extra.txt'), 'x');
    };
    expect((await rerun(['latents'], { behaviour })).mismatches).toEqual([
      { what: 'small latents', problem: 'extra.txt is new' },
    ]);
  });

  it('names other numbers, and what was made by another version', async () => {
    const { stages } = fakeStages();
    const other = (change: object) => ({
      ...stages,
      evaluate: {
        ...stages.evaluate,
        ...change,
      },
    });
    const drifted = other({
      async run(context: never) {
        const result = await stages.evaluate.run(context);
        return { summary: { ...result?.summary, fid: 12.6 } };
      },
    });
    expect((await rerun(['evaluate:sd'], {}, { stages: drifted })).mismatches).toEqual([
      { what: 'small evaluate:sd', problem: 'fid was 12.5 and is now 12.6' },
    ]);
    const elsewhere = await rerun(['evaluate:sd'], {}, { stages: drifted }, { instructions: 'x64 AVX9' });
    expect(elsewhere.mismatches.map(({ problem }) => problem)).toEqual([
      `was computed with x64 AVX9, and here with ${instructionSet()}, which rounds otherwise`,
      'fid was 12.5 and is now 12.6',
    ]);
    expect(await rerun(['evaluate:sd'], {}, undefined, { instructions: 'x64 AVX9' })).toMatchObject({
      mismatches: [],
    });
    expect((await rerun(['evaluate:sd'], {}, { stages: other({ version: 2 }) })).mismatches).toEqual([
      { what: 'small evaluate:sd', problem: 'was made by version 1 of the stage; this is 2' },
    ]);
  });

  it('refuses a stage that there is none of', async () => {
    await expect(rerun(['distill:sdd'])).rejects.toMatchObject({ code: 'usage', hint: /distill:sd/ });
  });
});

describe('differences', () => {
  it('none between a result and itself; settings, stages and numbers between two', async () => {
    const [before] = sidesOf(await results());
    expect(differencesOf(before!, before!)).toEqual([]);
    await run({ ...smallExperiment, name: 'other', distill: { ...smallExperiment.distill, lambdaF: 0.5 } });
    const [after] = sidesOf(await findResults('other', path.join(dir, 'results')));
    const found = differencesOf(before!, after!);
    expect(found.map(({ part, what }) => `${part} ${what}`)).toEqual([
      'config name',
      'config distill.lambdaF',
      'stage distill:sd',
      'stage sample:sd',
      'stage evaluate:sd',
    ]);
    expect(found[1]).toMatchObject({ left: '0.1', right: '0.5' });
    const changed = {
      ...after!,
      facts: { ...after!.facts, sdx: '9' },
      numbers: { ...after!.numbers, 'sd fid': { ...after!.numbers['sd fid'], value: 1 } },
    };
    expect(differencesOf(after!, changed)).toEqual([
      { part: 'version', what: 'sdx', left: after!.facts['sdx'], right: '9' },
      { part: 'number', what: 'sd fid', left: '12.5', right: '1', delta: -11.5, comparable: true },
    ]);
    const elsewhere = { ...after!.numbers, 'sd fid': { value: 1, card: 'of another sampler' } };
    expect(differencesOf(after!, { ...after!, numbers: elsewhere })).toEqual([
      { part: 'number', what: 'sd fid', left: '12.5', right: '1', comparable: false },
    ]);
  });
});

describe('a sweep', () => {
  it('verifies cell by cell', async () => {
    const world = await sweepWorld('name: many\nbase: base.yaml\nstudent: sd\ntoggles: [freq]\n');
    await world.launch();
    const found = await findResults(world.resultsFolder, '');
    expect((await checkResultFiles(found)).mismatches).toEqual([]);
    const subjects = subjectsOf(found);
    expect(subjects.map(({ label }) => label)).toEqual(['fr0-seed0', 'fr1-seed0']);
    const { artifacts, mismatches } = await checkArtifacts(subjects, world.store, signal);
    expect(mismatches).toEqual([]);
    expect(checkNumbers(subjects, artifacts).mismatches).toEqual([]);
    const plans = await checkPlans({
      subjects,
      base: path.dirname(world.sweep.file),
      store: world.store,
      stages: fakeStages().stages,
      signal,
    });
    expect(plans).toEqual({ count: subjects.flatMap(({ stages }) => stages).length, mismatches: [] });
  });
});
