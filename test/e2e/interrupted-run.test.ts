// A run with real stages, killed or stopped in any of them, ends with the same bytes as one that was left alone; and
// images do not depend on the batch size of sampling.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRunRecord } from '../../src/runner/run-record.ts';
import { openStore } from '../../src/store/store.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { digestsBelow } from '../support/file-digests.ts';
import { script, sdx } from '../support/processes/sdx.ts';

const signalInStage = fileURLToPath(new URL('../support/processes/signal-in-stage.ts', import.meta.url));
/** Two batches of features, so that an evaluation has a middle; checkpoints of the teacher at steps 3 and 6. */
const overridesOfAll = ['evaluate.batchSize=4', 'teacher.train.checkpointEvery=3'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-e2e-'));
  const whole = await sdx(argumentsFor('whole'));
  expect(whole.exitCode, whole.stderr).toBe(0);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const storeOf = (name: string): string => path.join(folder, name, 'store');

/** sha256 of every tensor and image of a store, and of every file of a results folder but its timings, by path. */
function contents(name: string): Record<string, string> {
  return digestsBelow(
    path.join(folder, name),
    (file) =>
      /artifacts.*\.(safetensors|u8|png)$/.test(file) ||
      (file.startsWith('results') && path.basename(file) !== 'timings.json'),
  );
}

function argumentsFor(name: string, ...overrides: string[]): string[] {
  const places = ['--store', storeOf(name), '--results', path.join(folder, name, 'results')];
  return ['run', tinyExperiment, ...overridesOfAll, ...overrides, ...places];
}

/** Where the record of the run in that store says that it broke off. */
async function interruptedStages(name: string): Promise<string[]> {
  const record = await readRunRecord(openStore(storeOf(name)).runFile('tiny'));
  expect(record?.status).toBe('interrupted');
  return Object.entries(record?.nodes ?? {}).flatMap(([id, { status }]) =>
    status === 'interrupted' ? [id] : [],
  );
}

/** Files in the work folder of the stage that broke off. */
async function workFiles(name: string): Promise<string[]> {
  return readdir(path.join(storeOf(name), 'work'), { recursive: true });
}

/** Goes on with the run in that store, and compares what it ends with to the run that was left alone. */
async function expectSameEnd(name: string): Promise<void> {
  const finished = await sdx(argumentsFor(name));
  expect(finished.exitCode, finished.stderr).toBe(0);
  const expected = contents('whole');
  expect(Object.keys(expected).filter((file) => file.endsWith('.safetensors')).length).toBeGreaterThan(8);
  expect(Object.keys(expected).map((file) => path.basename(file))).toEqual(
    expect.arrayContaining(['manifest.json', 'report.html', 'table.csv', 'table.md', 'table.tex']),
  );
  expect(contents(name)).toEqual(expected);
}

it('ends with the same bytes after SIGKILLs in training, sampling and evaluation', async () => {
  const killedIn = async (kind: string, progress: number): Promise<string[]> => {
    const run = await script(signalInStage, ['SIGKILL', kind, String(progress), ...argumentsFor('killed')]);
    expect(run.signal, run.stderr).toBe('SIGKILL');
    return interruptedStages('killed');
  };
  // After a checkpoint at step 2 and a step more.
  expect(await killedIn('autoencoder', 3)).toEqual(['autoencoder']);
  expect(await workFiles('killed')).toContainEqual(expect.stringMatching(/step-2\.safetensors$/));
  // Later trainings, each once its own checkpoints exist, after those before it went on from theirs.
  expect(await killedIn('teacher', 7)).toEqual(['teacher']);
  expect(await killedIn('distill', 5)).toEqual([expect.stringMatching(/^distill:/)]);
  // In the second batch of images, and after the first batch of features.
  expect(await killedIn('sample', 7)).toEqual([expect.stringMatching(/^sample:/)]);
  expect(await killedIn('evaluate', 1)).toEqual([expect.stringMatching(/^evaluate:/)]);
  await expectSameEnd('killed');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in training leaves a checkpoint of that step, and the run ends with the same bytes',
  async (signal) => {
    const run = await script(signalInStage, [signal, 'teacher', '4', ...argumentsFor(signal)]);
    expect(run.exitCode, run.stderr).toBe(130);
    expect(await interruptedStages(signal)).toEqual(['teacher']);
    // The signal is heard when step 5 is done, for which no periodic checkpoint is due.
    const checkpoints = (await workFiles(signal)).filter((file) => file.endsWith('.safetensors'));
    expect(checkpoints).toContainEqual(expect.stringMatching(/step-5\.safetensors$/));
    await expectSameEnd(signal);
  },
);

it('samples the same images at another batch size', async () => {
  const images = (name: string): string[] =>
    Object.entries(contents(name))
      .filter(([file]) => file.endsWith('images.u8'))
      .map(([, digest]) => digest)
      .sort();
  const before = images('whole');
  // Sampling batches are not part of the key: another store is needed to sample again.
  const again = await sdx(argumentsFor('batch', 'sample.batchSize=8'));
  expect(again.exitCode, again.stderr).toBe(0);
  expect(images('batch')).toEqual(before);
});
