// The script runs here under bash, with commands of Slurm that only write down how they are called.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listText } from '../../../../src/jobs/slurm/slurm-files.ts';
import { slurmScript, type SlurmScript } from '../../../../src/jobs/slurm/slurm-script.ts';
import { shellCommand, shellQuote } from '../../../../src/jobs/slurm/shell-quote.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sdx it’s "a" $test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const settings = { requeue: true, signalSeconds: 90, sbatch: [], prolog: [] };

function scriptIn(folder: string, more: Partial<SlurmScript> = {}): SlurmScript {
  return {
    jobName: 'sdx-ablation',
    list: path.join(folder, '0002-cells.list'),
    tasks: 3,
    atOnce: 0,
    output: path.join(folder, '0002-cells-%a.out'),
    logs: folder,
    cwd: folder,
    ranks: 1,
    settings,
    ...more,
  };
}

/** The `#SBATCH` lines. */
function options(script: SlurmScript): string[] {
  return slurmScript(script)
    .split('\n')
    .filter((line) => line.startsWith('#SBATCH '))
    .map((line) => line.slice('#SBATCH '.length));
}

test('options of sbatch: what is asked for, and nothing that is not', () => {
  expect(options(scriptIn('/sweep'))).toEqual([
    '--job-name=sdx-ablation',
    '--comment=/sweep/0002-cells.list',
    '--array=0-2',
    '--output=/sweep/0002-cells-%a.out',
    '--open-mode=append',
    '--chdir=/sweep',
    '--nodes=1',
    '--ntasks=1',
    '--kill-on-invalid-dep=yes',
    '--signal=B:USR1@90',
    '--requeue',
  ]);
  const everything = {
    partition: 'gpu',
    account: 'lab',
    qos: 'long',
    time: '1-00:00:00',
    gpus: 1,
    cpus: 8,
    memory: '16G',
    nice: 100,
    requeue: false,
    signalSeconds: 60,
    sbatch: ['--constraint=a100'],
    prolog: [],
  };
  expect(options(scriptIn('/a sweep', { atOnce: 2, settings: everything }))).toEqual(
    expect.arrayContaining([
      '--array=0-2%2',
      '--chdir="/a sweep"',
      '--partition=gpu',
      '--account=lab',
      '--qos=long',
      '--time=1-00:00:00',
      '--gpus=1',
      '--cpus-per-task=8',
      '--mem=16G',
      '--nice=100',
      '--no-requeue',
      '--constraint=a100',
    ]),
  );
});

test('several processes: srun starts them, with the cores that each asked for, on as many nodes as Slurm likes', () => {
  const script = scriptIn('/sweep', { ranks: 4, settings: { ...settings, cpus: 2 } });
  expect(options(script)).toEqual(expect.arrayContaining(['--ntasks=4', '--cpus-per-task=2']));
  expect(options(script).join()).not.toContain('--nodes');
  expect(slurmScript(script)).toContain(
    'eval "exec srun --mpi=${SLURM_MPI_TYPE:-pmix} --wait=60 --ntasks=4 --cpus-per-task=${SLURM_CPUS_PER_TASK:-1} $command"',
  );
});

test('words that a shell would change are quoted', async () => {
  const words = ['plain', 'two words', "it's", '$HOME', 'a\\b', '', '*', '"x"'];
  const { stdout } = await execa('bash', ['-c', `printf '%s|' ${words.map(shellQuote).join(' ')}`]);
  expect(stdout).toBe(words.map((word) => `${word}|`).join(''));
});

interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** What the job's log holds. */
  readonly log: string;
  /** Calls of scontrol. */
  readonly calls: string;
}

/** Runs task 1 of a list whose jobs are `command`, while squeue says that the job's state is `state`. */
async function runTask(command: readonly string[], state: string, signal?: NodeJS.Signals): Promise<Ran> {
  const bin = path.join(dir, 'bin');
  await mkdir(bin);
  const calls = path.join(dir, 'calls');
  await writeFile(calls, '');
  await writeFile(path.join(bin, 'squeue'), `#!/bin/sh\necho ${state}\n`);
  await writeFile(path.join(bin, 'scontrol'), `#!/bin/sh\necho "$*" >>${shellQuote(calls)}\nexit 1\n`);
  for (const name of ['squeue', 'scontrol']) await chmod(path.join(bin, name), 0o755);
  const script = scriptIn(dir, { settings: { ...settings, prolog: ['export WORD="from the prolog"'] } });
  const line = shellCommand(command);
  await writeFile(script.list, listText([0, 1, 2].map((i) => ({ id: `cell-${i}`, command: line }))));
  const run = execa('bash', ['-c', slurmScript(script)], {
    reject: false,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, SLURM_ARRAY_TASK_ID: '1', SLURM_JOB_ID: '77' },
  });
  const log = path.join(dir, 'cell-1.log');
  if (signal) {
    while (!(await readFile(log, 'utf8').catch(() => '')).includes('ready'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    run.kill(signal);
  }
  const { exitCode, stdout } = await run;
  return { exitCode, stdout, log: await readFile(log, 'utf8'), calls: await readFile(calls, 'utf8') };
}

/** Ends with 130 once it is told that its time is over, as sdx does. */
const patient = ['bash', '-c', 'trap "echo saved; exit 130" USR2; echo ready; while :; do sleep 0.05; done'];

test('a task runs its line of the list, logs it under its id and passes on the exit code', async () => {
  const ran = await runTask(['bash', '-c', 'echo "$WORD: $1"; exit 3', 'sh', "it's $5"], 'RUNNING');
  expect(ran).toMatchObject({ exitCode: 3, log: "from the prolog: it's $5\n", calls: '' });
  expect(ran.stdout).toContain('cell-1: ended with exit code 3');
});

test('USR1, before the time limit: the job is told to save, and asks for another run', async () => {
  const ran = await runTask(patient, 'RUNNING', 'SIGUSR1');
  expect(ran).toMatchObject({ exitCode: 130, log: 'ready\nsaved\n', calls: 'requeue 77\n' });
});

test('a job that Slurm is ending does not come back by itself', async () => {
  expect(await runTask(patient, 'COMPLETING', 'SIGUSR1')).toMatchObject({ exitCode: 130, calls: '' });
});

test('TERM is not passed on: Slurm has sent it to every process already', async () => {
  const once = [
    'bash',
    '-c',
    'trap "echo told" TERM; echo ready; for i in 1 2 3 4 5 6; do sleep 0.05; done; exit 4',
  ];
  expect(await runTask(once, 'COMPLETING', 'SIGTERM')).toMatchObject({ exitCode: 4, log: 'ready\n' });
});
