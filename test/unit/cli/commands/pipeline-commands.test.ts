// plan, status and table on a store and results that fake stages have filled.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../../src/store/store.ts';
import { planCommand } from '../../../../src/cli/commands/plan.ts';
import { statusCommand } from '../../../../src/cli/commands/status.ts';
import { tableCommand } from '../../../../src/cli/commands/table.ts';
import type { Io } from '../../../../src/cli/io.ts';
import type { PipelineOptions, TableOptions } from '../../../../src/cli/options.ts';
import { loadExperiment } from '../../../../src/config/load.ts';
import { runExperiment } from '../../../../src/runner/run-experiment.ts';
import { stages } from '../../../../src/stages/registry.ts';
import { fakeStages } from '../../../support/stages/fake-stages.ts';

const smileys = path.resolve(import.meta.dirname, '../../../../experiments/smileys.yaml');
let dir: string;
let options: PipelineOptions;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx-commands-'));
  options = { store: path.join(dir, 'store'), results: path.join(dir, 'results'), json: false };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function output(command: (io: Io) => Promise<number>): Promise<string> {
  let text = '';
  const io: Io = {
    stdout: { write: (part) => (text += part) },
    stderr: { write: () => true },
    isTty: false,
    color: false,
    signal: new AbortController().signal,
  };
  expect(await command(io)).toBe(0);
  return text;
}

/** A run with fake stages under the versions of the real ones, so that `plan` finds their artifacts. */
async function fakeRun(overrides: readonly string[] = [], fails?: string): Promise<void> {
  const fake = fakeStages({
    behaviour: (id) => {
      if (id === fails) throw new Error('loss is NaN');
    },
  });
  const { config, file, digest } = await loadExperiment(smileys, overrides);
  await runExperiment({
    config,
    file,
    configDigest: digest,
    store: openStore(options.store),
    resultsDir: options.results,
    stages: Object.fromEntries(
      Object.values(fake.stages).map((stage) => [
        stage.kind,
        { ...stage, version: stages[stage.kind as keyof typeof stages].version },
      ]),
    ) as typeof fake.stages,
    engine: () => Promise.reject(new Error('no stage here needs an engine')),
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
}

test('plan: before any run everything will run, and nothing is written', async () => {
  const text = await output((io) => planCommand(smileys, [], { ...options, probe: false }, io));
  expect(text).toMatch(/^stage +key +params +state\n/);
  expect(text).toMatch(/\ndistill:sd +[0-9a-f]{12} +1\.1M +will run: never run\n/);
  expect(text).toContain('0 of 13 stages cached, 13 to run');
  expect(await readdir(dir)).toEqual([]);
});

test('plan: after a run, names what a change makes run again', async () => {
  await fakeRun();
  expect(await output((io) => planCommand(smileys, [], { ...options, probe: false }, io))).toContain(
    '13 of 13 stages cached',
  );
  const changed = await output((io) =>
    planCommand(smileys, ['distill.lambdaF=0.2'], { ...options, probe: false }, io),
  );
  expect(changed).toContain('will run: distill.freq.lambdaF: 0.1 -> 0.2');
  expect(changed).toMatch(/evaluate:sd .*will run: follows sample:sd/);
  expect(changed).toContain('10 of 13 stages cached, 3 to run');
  const engine = await output((io) =>
    planCommand(smileys, [], { ...options, probe: false, engine: 'reference' }, io),
  );
  expect(engine).toContain('will run: engine: onnx -> reference');
});

test('plan --json holds parameters and reasons', async () => {
  const plan = JSON.parse(
    await output((io) =>
      planCommand(smileys, ['teacher.train.steps=7'], { ...options, probe: false, json: true }, io),
    ),
  ) as { nodes: Record<string, unknown>[] };
  expect(plan.nodes[0]).toMatchObject({ id: 'dataset', state: 'will-run', why: 'never run' });
  expect(plan.nodes.find(({ id }) => id === 'teacher')).toMatchObject({ params: { train: { steps: 7 } } });
});

test('status: nothing run yet, and after a run with a failure', async () => {
  expect(await output((io) => statusCommand(smileys, [], options, io))).toContain('smileys has not been run');
  await fakeRun([], 'distill:sd');
  const text = await output((io) => statusCommand(smileys, [], options, io));
  expect(text).toMatch(/^smileys: failed, started .* UTC, ended .* UTC\n/);
  expect(text).toMatch(/\nevaluate:lite +done /);
  expect(text).toMatch(/\ndistill:sd +failed +loss is NaN\n/);
  expect(text).toMatch(/\nsample:sd +blocked\n/);
  const record = JSON.parse(
    await output((io) => statusCommand(smileys, [], { ...options, json: true }, io)),
  ) as { status: string };
  expect(record.status).toBe('failed');
});

test('status: another process at work on a stage is named', async () => {
  await fakeRun([], 'distill:sd');
  const store = openStore(options.store);
  const { nodes } = JSON.parse(
    await output((io) => statusCommand(smileys, [], { ...options, json: true }, io)),
  ) as { nodes: Record<string, { key: string }> };
  const file = path.join(store.dir, 'locks', `${nodes['distill:sd']!.key}.lock`);
  await writeFile(file, JSON.stringify({ pid: 7, host: 'gpu1', since: '2026-01-01T00:00:00.000Z' }));
  const text = await output((io) => statusCommand(smileys, [], options, io));
  expect(text).toContain('process 7 on gpu1 is at work on it');
});

test('table: from the manifest alone, by name, folder or file, in every format', async () => {
  await fakeRun();
  await rm(options.store, { recursive: true });
  const table = (target: string, format: TableOptions['format'] = 'md'): Promise<string> =>
    output((io) => tableCommand(target, { format, results: options.results, differences: false }, io));
  const folder = path.join(options.results, 'smileys');
  const markdown = await table('smileys');
  expect(markdown).toMatch(/^# smileys\n/);
  expect(await table(folder)).toBe(markdown);
  expect(await table(path.join(folder, 'manifest.json'))).toBe(markdown);
  expect(await table('smileys', 'csv')).toMatch(/^model,/);
  expect(await table('smileys', 'tex')).toContain('\\begin{tabular}');
  const rows = JSON.parse(await table('smileys', 'json')) as { rows: Record<string, unknown>[] };
  expect(rows.rows[2]).toMatchObject({ model: 'sd', fid: 12.5 });
});

test.each([
  ['absent', undefined, /there are no results/],
  ['damaged', '{"schemaVersion":1', /damaged/],
  ['something else', '{"a":1}', /no manifest/],
])('table: a manifest that is %s is refused with its place', async (_, text, message) => {
  const file = path.join(dir, 'manifest.json');
  if (text !== undefined) await writeFile(file, text);
  const failure = output((io) => tableCommand(file, { format: 'md', results: dir, differences: false }, io));
  await expect(failure).rejects.toMatchObject({ code: 'input', where: { file } });
  await expect(failure).rejects.toThrow(message);
});
