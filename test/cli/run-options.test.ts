// Options of `sdx run` that do not go together, and stages that are not there: said before anything runs.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyExperiment } from '../support/experiments/family.ts';
import { sdx } from '../support/processes/sdx.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sdx-run-options-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['--shard 2/8', 'of which stage is it a shard?', 'name it: --stage latents --shard 2/8'],
  ['--stage latents --shard 3/2', '`3/2` is no shard', 'give which of how many'],
  [
    '--stage latent',
    'the experiment has no stage latent',
    'give a kind or one of dataset, autoencoder, latents',
  ],
  [
    '--stage distill --shard 1/2',
    'distill:lite cannot be done in shards',
    'latents, reference, sample, evaluate can',
  ],
  [
    '--stage sample,evaluate --shard 1/2',
    'a shard of evaluate:teacher needs all of sample:teacher',
    'first do',
  ],
  ['--shards 4', '--shards, --sbatch and --dry-run are for a launcher', 'add --launcher slurm'],
  ['--dry-run', '--shards, --sbatch and --dry-run are for a launcher', 'add --launcher slurm'],
  [
    '--launcher slurm --stage latents --shard 1/2',
    '--shard is for one job',
    'say how many jobs share the work',
  ],
])('run %s is wrong usage', async (options, message, hint) => {
  const places = ['--store', path.join(folder, 'store'), '--results', path.join(folder, 'results')];
  const { exitCode, stdout, stderr } = await sdx(['run', tinyExperiment, ...options.split(' '), ...places]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`error: ${message}\n  hint: ${hint}`);
  expect(await readdir(folder)).not.toContain('results');
});
