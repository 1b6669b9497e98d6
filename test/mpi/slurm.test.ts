// Training over MPI on a real Slurm, its ranks on different nodes: started by srun, by mpirun in an allocation, and as
// the cells of a sweep. Whoever starts them, the weights must be those of mpirun on one machine, byte for byte.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { readQueue } from '../../src/jobs/slurm/slurm-queue.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { sdx } from '../support/processes/sdx.ts';
import { writeExperiment } from '../support/experiments/image-folder.ts';
import { sdxOnRanks } from '../support/mpi/mpirun.ts';
import { mpiRequired, whyNoPmix } from '../support/mpi/why-no-mpi.ts';
import { processesOfTask } from '../support/slurm/node-processes.ts';
import { idle, scriptOutput, until } from '../support/slurm/queue-waits.ts';
import { describeOnSlurm, slurmSite } from '../support/slurm/slurm-suite.ts';
import { weightDigests } from '../support/experiments/small-sweep.ts';

const noMpi = (await whyNoPmix()) ?? '';
if (noMpi !== '' && mpiRequired) throw new Error(`SDX_REQUIRE_MPI: ${noMpi}`);

const twoNodes = ['--nodes=2', '--ntasks=2'];
/** Root in a container may. */
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

const site = slurmSite();
let expected: Readonly<Record<string, string>>;

const storeOf = (name: string): string => path.join(site.dir, name);

function run(store: string): string[] {
  const changes = ['distributed=mpi', 'threads=1'];
  return ['run', 'tiny.yaml', ...changes, '--store', store, '--results', `${store}-results`];
}

/** sdx, started by a program that starts several. */
function sdxBy(starter: readonly string[], store: string) {
  const [program, ...args] = starter;
  return execa(program!, [...args, ...sdxCommand, ...run(store)], {
    cwd: site.dir,
    env: { ...site.cluster.env, ...asRoot, NO_COLOR: '1' },
    reject: false,
    all: true,
    stdin: 'ignore',
  });
}

describeOnSlurm(
  'MPI on Slurm',
  () => {
    beforeAll(async () => {
      await writeExperiment(site.dir);
      const onOneMachine = await sdxOnRanks(2, run('mpirun'), site.dir);
      expect(onOneMachine, onOneMachine.stderr).toMatchObject({ exitCode: 0 });
      expected = weightDigests(storeOf('mpirun'));
    }, 300_000);

    test.each([
      ['srun', ['srun', '--mpi=pmix', ...twoNodes]],
      ['mpirun in an allocation', ['salloc', ...twoNodes, 'mpirun']],
    ])('%s, a rank on each of two nodes', async (_, starter) => {
      const store = starter[0]!;
      const { exitCode, all } = await sdxBy(starter, store);
      expect(exitCode, all).toBe(0);
      expect(weightDigests(storeOf(store))).toEqual(expected);
    });

    test('srun that was not told of MPI is refused, with a remedy', async () => {
      const { exitCode, all } = await sdxBy(['srun', '--mpi=none', ...twoNodes], 'none');
      expect(exitCode).toBe(2);
      expect(all).toContain('the ranks cannot find each other');
      expect(all).toContain('hint: start it with `srun --mpi=pmix`');
    });

    test('a lost rank ends the others; the same command goes on', async () => {
      const starter = ['srun', '--mpi=pmix', '--wait=5', ...twoNodes];
      const child = sdxBy(starter, 'lost');
      let told = false;
      child.all.on('data', (text: Buffer) => {
        if (told || !/teacher: started/.test(String(text))) return;
        told = true;
        void processesOfTask(1, site.cluster.env['SLURM_CONF']!).then((pids) => {
          for (const pid of pids) process.kill(pid, 'SIGKILL');
        });
      });
      const lost = await child;
      expect(told).toBe(true);
      expect(lost.exitCode, lost.all).toBe(137);
      const again = await sdxBy(starter, 'lost');
      expect(again.exitCode, again.all).toBe(0);
      expect(weightDigests(storeOf('lost'))).toEqual(expected);
    });

    test('cells of a sweep: slurm.ranks processes each, by srun; at the time limit they save and go on', async () => {
      const slurm = `{ranks: 2, cpus: 1, memory: 500M, sbatch: ['--nodes=2']}`;
      await writeFile(
        path.join(site.dir, 'sweep.yaml'),
        `name: mpi\nbase: tiny.yaml\nstudent: sd\noverrides: {distributed: mpi, distill: {steps: 200}}\nseeds: [5]\nslurm: ${slurm}\n`,
      );
      const places = ['--store', storeOf('sweep'), '--results', path.join(site.dir, 'sweep-results')];
      const submitted = await sdx(['sweep', 'sweep.yaml', '--launcher', 'slurm', ...places], {
        cwd: site.dir,
      });
      expect(submitted, submitted.stderr).toMatchObject({ exitCode: 0 });
      expect(submitted.stderr).not.toContain('warning');
      const folder = path.join(storeOf('sweep'), 'sweeps', 'mpi');
      const readLog = () => readFile(path.join(folder, 'logs', 'base-seed5.log'), 'utf8').catch(() => '');
      await until(
        site.cluster,
        'training',
        async () => (await readLog()).includes('distill:sd: started'),
        200,
      );
      const job = (await readQueue(folder)).get('base-seed5')!.slurmJob;
      await site.cluster.command('scancel', ['--signal=USR1', '--batch', job]);
      await idle(site.cluster, folder, 200);
      const output = await scriptOutput(folder, '0002-cells-0.out').catch(() => '');
      expect(output, await readLog()).toMatch(/back to the queue[^]*run 2\n[^]*ended with exit code 0\n/);
      expect(await readLog()).toContain('distill:sd: going on from step');
      expect(await readFile(path.join(site.dir, 'sweep-results', 'mpi', 'table.md'), 'utf8')).toMatch(
        /\| base .*\| +1 \|/,
      );
      // Only the student is another.
      const made = weightDigests(storeOf('sweep'));
      expect(Object.keys(made)).toHaveLength(Object.keys(expected).length);
      const own = Object.entries(made).filter(([file, digest]) => expected[file] !== digest);
      expect(own.map(([file]) => path.basename(file)).sort()).toEqual([
        'ema.safetensors',
        'weights.safetensors',
      ]);
    });
  },
  { alsoMissing: noMpi },
);
