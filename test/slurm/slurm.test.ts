// Sweeps on a real Slurm: a cluster of four nodes is started here, one node is killed and one job preempted in the
// middle of training, and the weights must be those of an undisturbed run on this machine, byte for byte.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { readQueue, type QueuedJob } from '../../src/jobs/slurm/slurm-queue.ts';
import { readCurrentStates } from '../../src/jobs/slurm/slurm-status.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { sdx, type Finished } from '../support/processes/sdx.ts';
import { idle, indented, scriptOutput, until } from '../support/slurm/queue-waits.ts';
import { describeOnSlurm, slurmSite } from '../support/slurm/slurm-suite.ts';
import { checkpointStep, weightDigests, writeSweep } from '../support/experiments/small-sweep.ts';

const cells = ['base-seed0', 'base-seed1', 'base-seed2'] as const;
const [lost, preempted] = cells;
const slurmKeys = 'slurm: {cpus: 2, memory: 500M, maxParallel: 2}\n';

const site = slurmSite({ maxArraySize: 2 });
const started = Date.now();

/** What happened, for whoever reads the log of a test run. */
function note(text: string): void {
  process.stdout.write(`  ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}

const at = (...parts: string[]): string => path.join(site.dir, ...parts);
const folderOf = (sweep: string): string => at('store', 'sweeps', sweep);

async function jobOf(sweep: string, id: string): Promise<QueuedJob | undefined> {
  return (await readQueue(folderOf(sweep))).get(id);
}

/** The job once it runs and has saved a checkpoint. */
function inTheMiddle(sweep: string, cell: string): Promise<QueuedJob> {
  return until(site.cluster, `${cell} in the middle of training`, async () => {
    const job = await jobOf(sweep, cell);
    return job?.state === 'RUNNING' && (await checkpointStep(at('store'), sweep, cell)) > 0 && job;
  });
}

/** The sweep by child processes of this machine, in a store of its own. */
function runLocally(file: string): Promise<Finished> {
  const args = ['sweep', file, '--jobs', '2', '--threads', '1'];
  return sdx([...args, '--store', at('local'), '--results', at('local-results')], { cwd: site.dir });
}

function slurmSweep(file: string, ...more: string[]): Promise<Finished> {
  const args = ['sweep', file, '--launcher', 'slurm', '--threads', '1', ...more];
  return sdx([...args, '--store', at('store'), '--results', at('results')], { cwd: site.dir });
}

describeOnSlurm('Slurm', () => {
  let nightly: string;
  let undisturbed: Promise<Finished> | undefined;
  let deadNode: string;

  beforeAll(async () => {
    nightly = await writeSweep(site.dir, 'nightly', `seeds: 3\n${slurmKeys}`);
    note(
      `cluster of ${site.cluster.nodes.length} nodes is up, ${(await site.cluster.command('sinfo', ['--version'])).trim()}`,
    );
  });

  test('a dry run prints the scripts and submits nothing', async () => {
    const { stdout, exitCode } = await slurmSweep(nightly, '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('#SBATCH --array=0-1\n');
    expect(stdout).toContain('--dependency=afterok:<0001-shared>_0');
    expect(await site.cluster.command('squeue', ['-h'])).toBe('');
    expect(await readdir(site.dir)).not.toContain('store');
  });

  test('one command submits everything; its terminal may close', async () => {
    const [program, ...first] = sdxCommand;
    const terminal = execa(program, [...first, 'sweep', nightly, '--launcher', 'slurm', '--threads', '1'], {
      cwd: site.dir,
      detached: true,
      env: { SDX_STORE: at('store') },
      stdin: 'ignore',
      reject: false,
    });
    const { exitCode, stdout } = await terminal;
    expect(exitCode).toBe(0);
    // As a closing terminal does, to whatever of its session is left.
    expect(() => process.kill(-terminal.pid!, 'SIGHUP')).toThrow('ESRCH');
    expect(stdout.split('\n')).toEqual([
      'job 1: 0001-shared, 1 task',
      'job 2: 0002-cells, 2 tasks',
      'job 3: 0003-cells, 1 task',
      'job 4: 0004-collect, 1 task',
    ]);
    note(`submitted and gone; MaxArraySize=2 splits 3 cells:\n${indented(stdout)}`);
    note(`the queue:\n${indented(await site.cluster.command('squeue', ['-o', '%.10i %.14j %.9T %.20E']))}`);
  });

  test('the same command again submits nothing', async () => {
    await site.cluster.command('scontrol', ['hold', '2']); // the cells, or they are done before a slow machine has looked
    const again = await slurmSweep(nightly);
    expect(again.stdout).toMatch(/^[45] already in the queue$/); // the shared job may have ended
    note(`the same command again: ${again.stdout}`);
    const { stdout } = await sdx(['status', nightly, '--store', at('store')]);
    expect(stdout).toMatch(/^nightly: 3 cells: /);
    expect(stdout).toMatch(/base-seed2 +submitted +3_0 +waits for other jobs/);
    note(`sdx status:\n${indented(stdout)}`);
    await site.cluster.command('scontrol', ['release', '2']);
  });

  test('a node is lost and a job preempted in the middle; both are requeued', async () => {
    const [onLost, onPreempted] = await Promise.all([
      inTheMiddle('nightly', lost),
      inTheMiddle('nightly', preempted),
    ]);
    expect(onLost.node).not.toBe(onPreempted.node);
    deadNode = onLost.node;
    await site.cluster.killNode(deadNode);
    note(
      `${lost}: node ${onLost.node} killed after step ${await checkpointStep(at('store'), 'nightly', lost)}`,
    );
    const urgent = await site.cluster.command('sbatch', [
      ...['--parsable', '-p', 'high', '--exclusive', '-w', onPreempted.node],
      ...['-o', '/dev/null', '--wrap', 'sleep 1'],
    ]);
    await until(
      site.cluster,
      `job ${urgent} preempts`,
      async () => (await jobOf('nightly', preempted))?.state !== 'RUNNING',
    );
    note(`${preempted}: preempted on ${onPreempted.node} by job ${urgent} of the partition high`);
    // While Slurm finds out: the same sweep on this machine, undisturbed.
    undisturbed = runLocally(nightly);
    const states = await until(site.cluster, 'both to wait', async () => {
      const { states } = await readCurrentStates(folderOf('nightly'), cells);
      return states.some(({ id, note }) => id === lost && note?.startsWith('requeued')) && states;
    });
    for (const { id, status, note: why } of states)
      note(`status: ${id} ${status}${why === undefined ? '' : `, ${why}`}`);
  });

  test('the sweep ends by itself, and the last job writes the results', async () => {
    await idle(site.cluster, folderOf('nightly'), 300);
    const { states } = await readCurrentStates(folderOf('nightly'), cells);
    expect(states.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(await readFile(at('results', 'nightly', 'table.md'), 'utf8')).toContain('| base ');
    const outputs = [
      await scriptOutput(folderOf('nightly'), '0002-cells-0.out'),
      await scriptOutput(folderOf('nightly'), '0002-cells-1.out'),
    ];
    for (const [i, id] of [lost, preempted].entries()) {
      expect(outputs[i]).toMatch(new RegExp(`${id}: job \\d+ on n[1-4], run 2\n`));
      expect(await readFile(path.join(folderOf('nightly'), 'logs', `${id}.log`), 'utf8')).toMatch(
        /going on from step [1-9]/,
      );
      note(`what the script said of ${id}:\n${indented(outputs[i]!)}`);
    }
    expect(outputs[0]).not.toContain(`on ${deadNode}, run 2`);
    expect(outputs[1]).toContain('DUE TO PREEMPTION');
    expect(outputs[1]).toContain('told to stop, saving');
    expect(await readdir(at('store', 'locks'))).toEqual([]);
    await site.cluster.startNode(deadNode);
    expect(await slurmSweep(nightly)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^base .* 3 /m) as string,
    });
  });

  test('the weights are those of an undisturbed run, byte for byte', async () => {
    expect(await undisturbed).toMatchObject({ exitCode: 0 });
    const expected = weightDigests(at('local'));
    expect(Object.keys(expected).length).toBeGreaterThan(cells.length);
    expect(weightDigests(at('store'))).toEqual(expected);
    note(`${Object.keys(expected).length} weight files equal those of an undisturbed local run`);
  });

  test('cancel: running jobs save and stay away, waiting ones go; the next launch would run them', async () => {
    const long = await writeSweep(
      site.dir,
      'long',
      `seeds: [7, 8, 9]\noverrides: {distill: {steps: 100000}}\n${slurmKeys}`,
    );
    expect(await slurmSweep(long)).toMatchObject({ exitCode: 0 });
    await inTheMiddle('long', 'base-seed7');
    const { stdout, exitCode } = await sdx(['cancel', long, '--store', at('store')]);
    expect({ stdout, exitCode }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^cancelled 3 jobs: /) as string,
    });
    note(stdout);
    await idle(site.cluster, folderOf('long'), 60);
    const { states } = await readCurrentStates(folderOf('long'), ['base-seed7', 'base-seed9']);
    expect(states).toMatchObject([
      { status: 'interrupted' },
      { status: 'interrupted', note: 'ended: cancelled' },
    ]);
    expect(await checkpointStep(at('store'), 'long', 'base-seed7')).toBeGreaterThan(0);
    expect((await slurmSweep(long, '--dry-run')).stdout).toContain('3 of 3 experiments to run');
  });

  test('what Slurm refuses is said with its words and a remedy', async () => {
    const wrong = await writeSweep(site.dir, 'wrong', 'seeds: [3]\nslurm: {partition: nowhere}\n');
    const { stderr, exitCode } = await slurmSweep(wrong);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('sbatch: invalid partition specified: nowhere');
    expect(stderr).toContain('hint: correct slurm.partition');
  });
});
