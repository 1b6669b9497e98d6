// The ways in which a process comes to life whose death the campaign tries: by itself, below a parent that never asks for it,
// in another PID namespace, as ranks of MPI, as jobs of a real Slurm. Each says whom a signal may meet.
import { execFile, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { mpiEnvironment } from '../support/mpi/mpirun.ts';
import type { Cluster } from '../support/slurm/cluster.ts';
import { processesOfNode } from '../support/slurm/node-processes.ts';
import { idle } from '../support/slurm/queue-waits.ts';

/** How a whole command line is begun; jobs that it leaves in a queue are part of it. */
export type Start = (command: readonly string[], store: string) => Promise<Started>;

export interface Started {
  /** Whom a signal may meet now. */
  readonly victims: () => Promise<readonly number[]>;
  readonly ended: Promise<Ended>;
  /** Takes what was needed for the start away again. */
  readonly clean?: () => void;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
}

export const begin: Start = ([program = '', ...args]) => {
  const env = { ...process.env, ...mpiEnvironment };
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const said: Buffer[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stderr: Buffer.concat(said).toString() });
    });
  });
  const pid = child.pid!;
  return Promise.resolve({ victims: async () => [pid, ...(await childrenOf(pid))], ended });
};

/** Below a process that never asks how its child has ended: killed, it stays as a zombie. */
export const beginAsChildOfTheDeaf: Start = async (command) => {
  const parent = spawn('sh', ['-c', '"$@" >&2 & echo $!; exec sleep 600 2>&-', 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (line: Buffer) => {
      resolve(Number(line));
    });
  });
  const gone = async (): Promise<Ended> => {
    while ((await stateOf(pid)) !== 'Z') await sleep(20);
    return { exitCode: null, stderr: '' };
  };
  return {
    victims: () => Promise.resolve([pid]),
    ended: gone(),
    clean: () => parent.kill('SIGKILL'),
  };
};

export const beginInOtherNamespace: Start = (command) =>
  begin(['unshare', '--pid', '--fork', '--kill-child', ...command], '');

/** Submits, and has ended when nothing of it waits or runs in the queue. */
export function beginOnSlurm(cluster: Cluster): Start {
  return async (command, store) => {
    const submitted = await (await begin(command, store)).ended;
    if (submitted.exitCode !== 0) throw new Error(`not submitted: ${submitted.stderr}`);
    const folders = (await readdir(path.join(store, 'submitted'))).map((name) =>
      path.join(store, 'submitted', name),
    );
    const conf = cluster.env['SLURM_CONF']!;
    return {
      victims: async () =>
        (await Promise.all(cluster.nodes.map((node) => processesOfNode(node, conf)))).flat(),
      ended: Promise.all(folders.map((folder) => idle(cluster, folder, 300))).then(() => ({
        exitCode: 0,
        stderr: '',
      })),
    };
  };
}

const execute = promisify(execFile);

async function stateOf(pid: number): Promise<string> {
  return (
    await execute('ps', ['-o', 'state=', '-p', String(pid)]).catch(() => ({ stdout: 'Z' }))
  ).stdout.trim();
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await execute('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** Why this system makes no PID namespaces for us, or undefined. */
export function whyNoNamespaces(): Promise<string | undefined> {
  return execute('unshare', ['--pid', '--fork', 'true']).then(
    () => undefined,
    () => 'this system makes no PID namespaces for us',
  );
}
