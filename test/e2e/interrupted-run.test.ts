// A run with real stages, killed again and again, ends with the same bytes as one that was left alone; and images do
// not depend on the batch size of sampling.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sdx, startSdx } from '../support/processes/sdx.ts';
import { tinyExperiment } from '../support/experiments/tiny.ts';
import { digestsBelow } from '../support/file-digests.ts';
import { killedAtFile } from '../support/processes/killed-at-file.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-e2e-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

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
  const at = path.join(folder, name);
  return [
    'run',
    tinyExperiment,
    ...overrides,
    '--store',
    path.join(at, 'store'),
    '--results',
    path.join(at, 'results'),
  ];
}

/** Runs until the process ends or, by SIGKILL, until a file in the work folders matches `trigger`; whether killed. */
function runKilledAt(name: string, trigger: RegExp): Promise<boolean> {
  return killedAtFile(startSdx(argumentsFor(name)), path.join(folder, name, 'store', 'work'), trigger);
}

it('ends with the same bytes after SIGKILLs in training and sampling', async () => {
  const whole = await sdx(argumentsFor('whole'));
  expect(whole.exitCode, whole.stderr).toBe(0);

  const kills = [
    await runKilledAt('killed', /step-2\.safetensors$/), // in the autoencoder
    await runKilledAt('killed', /step-6\.safetensors$/), // in a UNet, the autoencoder being done or nearly so
    await runKilledAt('killed', /images-.*\.u8\.part$/), // in sampling
  ];
  expect(kills.filter(Boolean).length).toBeGreaterThanOrEqual(2);
  const finished = await sdx(argumentsFor('killed'));
  expect(finished.exitCode, finished.stderr).toBe(0);

  const expected = contents('whole');
  expect(Object.keys(expected).filter((file) => file.endsWith('.safetensors')).length).toBeGreaterThan(8);
  expect(Object.keys(expected).map((file) => path.basename(file))).toEqual(
    expect.arrayContaining(['manifest.json', 'report.html', 'table.csv', 'table.md', 'table.tex']),
  );
  expect(contents('killed')).toEqual(expected);
}, 300_000);

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
}, 300_000);
