// A run on a real Slurm whose stages are shared by several jobs: waves follow one another, a node is lost in the
// middle of a part, and the images must be those of an undivided run on this machine, byte for byte. `sdx status` and
// `sdx cancel` find the jobs again by the experiment.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readQueue, type QueuedJob } from '../../src/jobs/slurm/slurm-queue.ts';
import { tinyExperiment } from '../support/experiments/family.ts';
import { sdx, type Finished } from '../support/processes/sdx.ts';
import { idle, scriptOutput, until } from '../support/slurm/queue-waits.ts';
import { describeOnSlurm, slurmSite } from '../support/slurm/slurm-suite.ts';

const site = slurmSite();

const at = (...parts: string[]): string => path.join(site.dir, ...parts);

/** Samples of one model. */
function run(store: string, count: number, ...options: string[]): Promise<Finished> {
  const changes = [`sample.count=${count}`, 'sample.steps=25', 'sample.batchSize=32'];
  const places = ['--store', at(store), '--results', at('results')];
  const asked = ['--stage', 'sample:sd', '--threads', '1', ...places, ...options];
  return sdx(['run', tinyExperiment, ...changes, ...asked], { cwd: site.dir });
}

const onSlurm = ['--launcher', 'slurm', '--shards', '2', '--sbatch', '--mem=500M'];
/** Two pieces: 512 images and 88. */
const submit = (...options: string[]): Promise<Finished> => run('store', 600, ...onSlurm, ...options);

/** What `sdx status` and `sdx cancel` say of the experiment. */
async function ask(command: 'status' | 'cancel'): Promise<string> {
  const { exitCode, stdout, stderr } = await sdx([command, tinyExperiment, '--store', at('store')]);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** The folders of what was submitted. */
async function folders(): Promise<string[]> {
  return (await readdir(at('store', 'submitted'))).map((name) => at('store', 'submitted', name));
}

/** The first part of the samples once it runs and has saved something of its first piece. */
function partInTheMiddle(folder: string): Promise<QueuedJob> {
  const unfinished = (): boolean =>
    readdirSync(at('store', 'work'), { recursive: true, encoding: 'utf8' }).some((file) =>
      file.endsWith('images-000000-000512.u8.part'),
    );
  return until(site.cluster, 'a part in the middle', async () => {
    const job = (await readQueue(folder)).get('wave-4-1-of-2');
    return job?.state === 'RUNNING' && unfinished() && job;
  });
}

async function images(store: string): Promise<string> {
  const root = at(store, 'artifacts');
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('images.u8'),
  );
  const sizes = await Promise.all(found.map((file) => readFile(path.join(root, file))));
  const samples = sizes.find(({ length }) => length === 600 * 16 * 16 * 3)!;
  return createHash('sha256').update(samples).digest('hex');
}

describeOnSlurm('a run on Slurm', () => {
  test('a dry run prints the waves and submits nothing', async () => {
    const { stdout, exitCode } = await submit('--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/0002-shards: sbatch --parsable '?--dependency=afterok:<0001-whole>/);
    expect(stdout).toMatch(/^wave-4-2-of-2 .*--stage sample:sd --shard 2\/2 /m);
    expect(await site.cluster.command('squeue', ['-h'])).toBe('');
    expect(await readdir(site.dir)).not.toContain('store');
  });

  test('ends with the images of an undivided run, though a node is lost in the middle of a part', async () => {
    const { stdout, stderr, exitCode } = await submit();
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'job 1: 0001-whole, 1 task',
      'job 2: 0002-shards, 2 tasks',
      'job 3: 0003-whole, 1 task',
      'job 4: 0004-shards, 2 tasks',
      'job 5: 0005-rest, 1 task',
    ]);
    expect((await submit()).stdout).toMatch(/^[67] already in the queue$/);

    const [folder = ''] = await folders();
    const job = await partInTheMiddle(folder);
    const status = await ask('status');
    expect(status).toMatch(/^Slurm, submitted .*: 7 jobs: [45] done, /);
    expect(status).toMatch(/^wave-4-1-of-2 +running +4_0 +sample:sd 1\/2 +on n\d; sample:sd/m);
    expect(status).toMatch(/^rest +submitted +5_0 +sample:sd +waits for other jobs$/m);
    await site.cluster.killNode(job.node);
    const undivided = run('local', 600);
    await idle(site.cluster, folder, 300);
    await site.cluster.startNode(job.node);
    expect(await scriptOutput(folder, '0004-shards-0.out')).toMatch(
      /wave-4-1-of-2: job \d+ on n[1-4], run 2\n/,
    );
    expect(await readFile(path.join(folder, 'logs', 'rest.log'), 'utf8')).toMatch(
      /sample:sd: goes on from its checkpoint/,
    );
    expect(await undivided).toMatchObject({ exitCode: 0 });
    expect(await images('store')).toBe(await images('local'));
    expect(await readdir(at('store', 'locks'))).toEqual([]);
    expect(await ask('status')).toMatch(/^Slurm, submitted .*: 7 jobs: 7 done$/);
    expect(await ask('cancel')).toBe('nothing to cancel: no job of tiny waits or runs');
  });

  test('cancel: running parts save and stay away, what waits for them goes', async () => {
    const before = await folders();
    expect(await run('store', 6000, ...onSlurm)).toMatchObject({ exitCode: 0 });
    const folder = (await folders()).find((name) => !before.includes(name)) ?? '';
    await partInTheMiddle(folder);
    expect(await ask('cancel')).toBe('cancelled 3 jobs: rest, wave-4-1-of-2, wave-4-2-of-2');
    await idle(site.cluster, folder, 60);
    expect(await scriptOutput(folder, '0001-shards-0.out')).toMatch(
      /told to stop, saving\n[^]*ended with exit code 130\n$/,
    );
    const status = await ask('status');
    expect(status).toMatch(/^Slurm, submitted .*: 3 jobs: 3 interrupted$/m);
    expect(status).toMatch(/^rest +interrupted +\d+_0 +sample:sd +ended: cancelled$/m);
    expect(await ask('cancel')).toMatch(/^nothing to cancel/);
    const again = await run('store', 6000, ...onSlurm, '--dry-run');
    expect(again.stdout).toMatch(/^wave-4-1-of-2 /m);
  });
});
