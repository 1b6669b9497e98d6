// What a stage was computed on is told by the run that publishes it, also where an earlier one computed all of it.
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { runPlan } from '../../../src/runner/run-plan.ts';
import { openStore } from '../../../src/store/store.ts';
import { smallExperiment, smallExternals } from '../../support/experiments/small-experiment.ts';
import { fakeStages, type FakeOptions } from '../../support/stages/fake-stages.ts';
import { folderPerTest } from '../../support/temporary-folder.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = folderPerTest();
const facts = { name: 'onnx', version: '1.2.3', threads: '2' };
const engine: Engine = {
  name: 'onnx',
  describe: () => facts,
  compile: () => Promise.reject(new Error('nothing is compiled here')),
};

test("after a failed publish the engine's facts are still there", async () => {
  const plan = compilePlan(smallExperiment, smallExternals);
  const { key } = plan.nodes.find(({ id }) => id === 'teacher')!;
  const store = openStore(folder('store'));
  const run = (behaviour: NonNullable<FakeOptions['behaviour']>): ReturnType<typeof runPlan> =>
    runPlan({
      plan,
      ...fakeStages({ behaviour }),
      store,
      engine: () => Promise.resolve(engine),
      signal: new AbortController().signal,
      onEvent: () => undefined,
    });

  const failing = run(async (id, context) => {
    if (id !== 'teacher') return;
    await context.engine();
    await symlink('nowhere', path.join(context.outputDir, 'link')); // which cannot be published
  });
  await expect(failing).rejects.toThrow('is not a regular file');
  expect(await store.find(key)).toBeUndefined();

  // The checkpoint says that all is computed: this run asks for no engine.
  let asked = false;
  await run((id) => {
    asked ||= id === 'teacher';
  });
  expect(asked).toBe(false);
  expect((await store.find(key))?.manifest.engine).toEqual(facts);
});
