import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadExperiment } from '../../../src/config/load.ts';
import { usualEngine } from '../../../src/engine/engine-options.ts';
import { onnxEngine } from '../../../src/engine/onnx/engine.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { PlanNode } from '../../../src/plan/plan.ts';
import { estimatesOf } from '../../../src/runner/estimate-plan.ts';
import { plannedRun } from '../../../src/runner/planned-run.ts';
import { stoppedTraining, timedStages } from '../../../src/runner/timed-stages.ts';
import { trainingRate } from '../../../src/runner/try-training.ts';
import { tracingCostModel } from '../../../src/stages/networks/cost-model.ts';
import { writeCheckpoint } from '../../../src/stages/training/checkpoint.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';
import { fakeRun } from '../../support/stages/fake-run.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

const dir = folderPerTest();
const plan = compilePlan(smallExperiment, smallExternals);
const node = (id: string): PlanNode => plan.nodes.find((one) => one.id === id)!;

interface Made {
  readonly seconds: number;
  readonly threads?: string;
  readonly summary?: Readonly<Record<string, unknown>>;
  readonly stageVersion?: number;
}

async function publish(store: Store, id: string, { seconds, threads = '0', ...made }: Made): Promise<void> {
  const { key, kind, name, params, identity } = node(id);
  await writeFile(path.join(await store.outputDir(key), 'x'), id);
  await store.publish(key, {
    ...{ kind, name, params, inputs: identity.inputs, seconds, stageVersion: identity.version },
    ...{ summary: {}, ...made },
    ...(kind !== 'dataset' && { engine: { engine: 'onnx', executionProviders: 'cpu', threads } }),
  });
}

async function filled(teacher: Made): Promise<Store> {
  const store = openStore(dir('store'));
  await store.prepare();
  await publish(store, 'dataset', { seconds: 1, summary: { count: 8 } });
  await publish(store, 'autoencoder', { seconds: 20, threads: '1' });
  await publish(store, 'latents', { seconds: 30 });
  await publish(store, 'teacher', teacher);
  return store;
}

test('what the store has timed, with as much work as its parameters ask for', async () => {
  const store = await filled({ seconds: 7, summary: { seconds: 40 } });
  const { stages } = await estimatesOf(plan, store);
  const work = (id: string) => stages.find((stage) => stage.id === id)!.flop;
  const timed = await timedStages(store, usualEngine, tracingCostModel());
  // Data sets ask for no engine, and the autoencoder was trained with one thread. A training tells its own time.
  expect(timed.map(({ kind, seconds, estimate: { flop } }) => [kind, seconds, flop]).sort()).toEqual([
    ['latents', 30, work('latents')],
    ['teacher', 40, work('teacher')],
  ]);
  expect((await timedStages(store, { ...usualEngine, threads: 7 }, tracingCostModel())).length).toBe(3);
  expect(await timedStages(store, { ...usualEngine, device: 'webgpu' }, tracingCostModel())).toEqual([]);
});

test('other versions of a stage tell nothing', async () => {
  const store = await filled({ seconds: 7, stageVersion: 999 });
  const kinds = (await timedStages(store, usualEngine, tracingCostModel())).map(({ kind }) => kind);
  expect(kinds).toEqual(['latents']);
});

test('how far a training came that was stopped', async () => {
  const store = openStore(dir('store'));
  await store.prepare();
  const { key } = node('distill:sd');
  expect(await stoppedTraining(store, key, 20)).toBeUndefined();
  const folder = await store.workDir(key);
  const position = { step: 5, curve: [], seconds: 12, sums: {} };
  await writeCheckpoint(folder, 5, { state: {}, position });
  expect(await stoppedTraining(store, key, 20)).toEqual({ fraction: 0.25, seconds: 12 });
  await writeFile(path.join(folder, 'step-6.safetensors'), 'torn');
  expect(await stoppedTraining(store, key, 20)).toBeUndefined();
});

test('a plan of an empty store says a time once this machine was tried', async () => {
  const { config, store } = fakeRun(dir());
  const run = { ...fakeRun(dir()), config, store };
  const times = ({ stages }: Awaited<ReturnType<typeof plannedRun>>) =>
    Object.fromEntries(stages.map(({ node: { id }, time }) => [id, time?.by]));
  expect(times(await plannedRun(run))['teacher']).toBeUndefined();
  const tried = await plannedRun({ ...run, tryTraining: () => Promise.resolve(1e9) });
  expect(times(tried)).toMatchObject({ teacher: 'probe', 'distill:sd': 'probe' });
});

test('tries the training of a network of the plan', async () => {
  const tiny = path.join(import.meta.dirname, '../../support/experiments/tiny.yaml');
  const { config } = await loadExperiment(tiny);
  const { stages } = await plannedRun({ ...fakeRun(dir()), config });
  const engine = () => Promise.resolve(onnxEngine({ threads: 1 }));
  const { signal } = new AbortController();
  expect(await trainingRate(stages, engine, signal, 0)).toBeGreaterThan(0);
  const trained = new Set(['teacher', 'distill']);
  const others = stages.filter(({ node: { kind } }) => !trained.has(kind));
  expect(await trainingRate(others, engine, signal, 0)).toBeUndefined();
});
