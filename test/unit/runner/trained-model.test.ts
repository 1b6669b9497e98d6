import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { trainedModel, type TrainedModel } from '../../../src/runner/trained-model.ts';
import { fakeRun, finishedFakeRun } from '../../support/stages/fake-run.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

// A whole run is made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = folderPerFile();
beforeAll(() => finishedFakeRun(dir()));

function find(model: string): Promise<TrainedModel> {
  return trainedModel({ ...fakeRun(dir()), model, hint: 'run it first' });
}

/** The folder of a stage's artifact. */
async function artifactOf(stage: string): Promise<string> {
  const run = fakeRun(dir());
  const { key } = (await preparePlan(run)).nodes.find(({ id }) => id === stage)!;
  return (await run.store.find(key))!.dir;
}

test.each([
  ['autoencoder', 'autoencoder'],
  ['teacher', 'teacher'],
  ['sd', 'distill:sd'],
])('%s is the artifact of %s', async (model, stage) => {
  const { artifact, scaleFactor } = await find(model);
  expect(artifact.dir).toBe(await artifactOf(stage));
  expect(scaleFactor).toBe(1); // of the fake latents
});

test('the scale factor is unknown where latents were never made', async () => {
  await rm(await artifactOf('latents'), { recursive: true });
  expect(await find('autoencoder')).toMatchObject({ scaleFactor: undefined });
});

test('what is not there, or no longer what was stored, is refused with the way out', async () => {
  await writeFile(path.join(await artifactOf('distill:sd'), 'out.txt'), 'something else');
  await expect(find('sd')).rejects.toMatchObject({
    code: 'input',
    message: /^the stored artifact of distill:sd is damaged/,
    hint: 'run it first',
  });
  await rm(await artifactOf('distill:sd'), { recursive: true });
  await expect(find('sd')).rejects.toMatchObject({
    code: 'input',
    message: 'the model sd is not trained or loaded yet',
    hint: 'run it first',
  });
});
