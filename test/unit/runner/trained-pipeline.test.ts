import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { preparePlan } from '../../../src/runner/prepare-plan.ts';
import { trainedPipeline, type TrainedPipeline } from '../../../src/runner/trained-pipeline.ts';
import { smallExperiment } from '../../support/experiments/small-experiment.ts';
import { fakeRun, finishedFakeRun } from '../../support/stages/fake-run.ts';
import { folderPerFile } from '../../support/temporary-folder.ts';

// A whole run is made and read: on a busy machine that takes longer than unit tests may.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const dir = folderPerFile();
beforeAll(() => finishedFakeRun(dir()));

function find(model: string): Promise<TrainedPipeline> {
  return trainedPipeline({ ...fakeRun(dir()), model, hint: 'run it first' });
}

async function artifactOf(stage: string): Promise<{ dir: string; seed: number }> {
  const run = fakeRun(dir());
  const { key, seed } = (await preparePlan(run)).nodes.find(({ id }) => id === stage)!;
  return { dir: (await run.store.find(key))!.dir, seed };
}

test.each([
  ['teacher', 'teacher'],
  ['sd', 'distill:sd'],
])('%s has all that its sampling stands on', async (model, stage) => {
  const { params, seed, scaleFactor, use, ...artifacts } = await find(model);
  await use.release();
  expect(params).toMatchObject({
    model,
    diffusion: smallExperiment.diffusion,
    sample: smallExperiment.sample,
  });
  expect(params.unet.waveletGating).toBe(model === 'sd');
  expect(seed).toBe((await artifactOf(`sample:${model}`)).seed);
  expect(scaleFactor).toBe(1); // of the fake latents
  expect(artifacts.model.dir).toBe((await artifactOf(stage)).dir);
  expect(artifacts.autoencoder!.dir).toBe((await artifactOf('autoencoder')).dir);
});

test('a name that is no model is refused with those that are', async () => {
  await expect(find('autoencoder')).rejects.toMatchObject({
    code: 'usage',
    message: 'the experiment has no model autoencoder that makes images',
    hint: /^it has teacher, .*sd/,
  });
});

test('a part that is damaged is named, with the way out', async () => {
  await writeFile(path.join((await artifactOf('autoencoder')).dir, 'out.txt'), 'something else');
  await expect(find('sd')).rejects.toMatchObject({
    code: 'input',
    message: /^the stored artifact of autoencoder is damaged/,
    hint: 'run it first',
  });
});

test.each([
  ['autoencoder', 'the model autoencoder is not trained or loaded yet'],
  ['latents', /^the scale of the latents is not known yet/],
  ['distill:sd', 'the model sd is not trained or loaded yet'],
] as const)('without %s, the way there is said', async (stage, message) => {
  await rm((await artifactOf(stage)).dir, { recursive: true });
  await expect(find('sd')).rejects.toMatchObject({ code: 'input', message, hint: 'run it first' });
});
