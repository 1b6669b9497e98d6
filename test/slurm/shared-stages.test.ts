// A run on a real Slurm whose stages are shared by several jobs: waves follow one another, a node is lost in the
// middle of a part, and the images must be those of an undivided run on this machine, byte for byte.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readQueue } from '../../src/runner/launchers/slurm-queue.ts';
import { sdx, type Finished } from '../cli/sdx.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { idle, scriptOutput, until } from './queue-waits.ts';
import { missingSlurm, requireSlurm } from './require-slurm.ts';

const missing = missingSlurm();
requireSlurm(missing);

const experiment = path.resolve(import.meta.dirname, '../e2e/tiny.yaml');
let dir: string;
let cluster: Cluster;

const at = (...parts: string[]): string => path.join(dir, ...parts);

/** Two pieces of samples of one model: 512 images and 88. */
function run(store: string, ...options: string[]): Promise<Finished> {
  const changes = ['sample.count=600', 'sample.steps=25', 'sample.batchSize=32'];
  const places = ['--store', at(store), '--results', at('results')];
  return sdx(['run', experiment, ...changes, '--stage', 'sample:sd', ...places, ...options], { cwd: dir });
}

const submit = (...options: string[]): Promise<Finished> =>
  run(
    'store',
    '--launcher',
    'slurm',
    '--shards',
    '2',
    '--threads',
    '1',
    '--sbatch',
    '--mem=500M',
    ...options,
  );

async function images(store: string): Promise<string> {
  const root = at(store, 'artifacts');
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('images.u8'),
  );
  const sizes = await Promise.all(found.map((file) => readFile(path.join(root, file))));
  const samples = sizes.find(({ length }) => length === 600 * 16 * 16 * 3)!;
  return createHash('sha256').update(samples).digest('hex');
}

describe.skipIf(missing !== '')(
  `a run on Slurm${missing === '' ? '' : ` (skipped: ${missing})`}`,
  { timeout: 400_000 },
  () => {
    beforeAll(async () => {
      dir = await mkdtemp(path.join(tmpdir(), 'sdx-slurm-shared-'));
      cluster = await startCluster();
      vi.stubEnv('SLURM_CONF', cluster.env['SLURM_CONF']);
    }, 120_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await cluster.stop();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    }, 60_000);

    test('a dry run prints the waves and submits nothing', async () => {
      const { stdout, exitCode } = await submit('--dry-run');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/0002-parts: sbatch --parsable '?--dependency=afterok:<0001-whole>/);
      expect(stdout).toMatch(/^wave-4-2-of-2 .*--stage sample:sd --shard 2\/2 /m);
      expect(await cluster.command('squeue', ['-h'])).toBe('');
      expect(await readdir(dir)).not.toContain('store');
    });

    test('ends with the images of an undivided run, though a node is lost in the middle of a part', async () => {
      const { stdout, stderr, exitCode } = await submit();
      expect(exitCode, stderr).toBe(0);
      expect(stdout.split('\n')).toEqual([
        'job 1: 0001-whole, 1 task',
        'job 2: 0002-parts, 2 tasks',
        'job 3: 0003-whole, 1 task',
        'job 4: 0004-parts, 2 tasks',
        'job 5: 0005-rest, 1 task',
      ]);
      expect((await submit()).stdout).toMatch(/^[67] already in the queue$/);

      const [name] = await readdir(at('store', 'submitted'));
      const folder = at('store', 'submitted', name!);
      const work = (): string[] => readdirSync(at('store', 'work'), { recursive: true, encoding: 'utf8' });
      const job = await until(cluster, 'a part in the middle', async () => {
        const found = (await readQueue(folder)).get('wave-4-1-of-2');
        return (
          found?.state === 'RUNNING' &&
          work().some((file) => file.endsWith('images-000000-000512.u8.part')) &&
          found
        );
      });
      await cluster.killNode(job.node);
      const undivided = run('local', '--threads', '1');
      await idle(cluster, folder, 300);
      await cluster.startNode(job.node);
      expect(await scriptOutput(folder, '0004-parts-0.out')).toMatch(
        /wave-4-1-of-2: job \d+ on n[1-4], run 2\n/,
      );
      expect(await readFile(path.join(folder, 'logs', 'rest.log'), 'utf8')).toMatch(
        /sample:sd: goes on from its checkpoint/,
      );
      expect(await undivided).toMatchObject({ exitCode: 0 });
      expect(await images('store')).toBe(await images('local'));
      expect(await readdir(at('store', 'locks'))).toEqual([]);
    });
  },
);
