// A real Slurm of four nodes on this machine, without systemd and beside any other: own munge key and socket, own
// ports, everything in one folder and as the current user. Nodes can be killed and brought back; stop() ends only what
// start() began.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { freePorts, munged, slurmConfig, type ClusterSettings } from './cluster-config.ts';
import { processesOfNode } from './node-processes.ts';

export interface Cluster {
  readonly folder: string;
  /** What clients need: SLURM_CONF. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodes: readonly string[];
  /** Runs a Slurm command; its stdout without the last newline. */
  command(name: string, args: readonly string[]): Promise<string>;
  /** As a power failure: slurmd and everything that runs on the node end at once, by SIGKILL. */
  killNode(node: string): Promise<void>;
  /** Starts the node's slurmd again and waits until the node takes jobs. */
  startNode(node: string): Promise<void>;
  /** Ends all daemons and jobs, and removes the folder. */
  stop(): Promise<void>;
}

const nodes = ['n1', 'n2', 'n3', 'n4'] as const;

/** Starts the cluster and waits until all nodes are idle. Throws with the daemons' last words if they do not come up. */
export async function startCluster(settings: ClusterSettings = {}): Promise<Cluster> {
  const cluster = new LocalCluster(await mkdtemp(path.join(tmpdir(), 'sdx-slurm-')));
  try {
    await cluster.start(settings);
    return cluster;
  } catch (error) {
    const last = await cluster.lastWords();
    await cluster.stop();
    throw new Error(`Slurm did not come up\n${last}`, { cause: error });
  }
}

class LocalCluster implements Cluster {
  readonly folder: string;
  readonly nodes = nodes;
  readonly env: Readonly<Record<string, string>>;
  readonly #daemons = new Map<string, ChildProcess>();
  #ownHostNames = false;

  constructor(folder: string) {
    this.folder = folder;
    this.env = { SLURM_CONF: path.join(folder, 'slurm.conf') };
  }

  async start(settings: ClusterSettings): Promise<void> {
    const { folder, env } = this;
    await chmod(folder, 0o755); // munge clients must reach the socket
    for (const name of ['state', 'log', 'spool', 'munge'])
      await mkdir(path.join(folder, name), { mode: 0o755 });
    // Nodes of one machine must not share /tmp: Slurm's PMIx makes folders there that are named after the job alone.
    for (const node of nodes) await mkdir(path.join(folder, 'tmp', node), { recursive: true });
    const ports = await freePorts(nodes.length + 1);
    await writeFile(env['SLURM_CONF']!, slurmConfig(folder, nodes, ports, settings));
    this.#ownHostNames = await canNameHosts();
    await this.#daemon('munged', ...(await munged(folder)));
    await this.#daemon('slurmctld', 'slurmctld', ['-D', '-c']);
    for (const node of nodes) await this.#slurmd(node);
    await this.#until('idle', nodes);
  }

  async command(name: string, args: readonly string[]): Promise<string> {
    return (await execa(name, args, { env: this.env })).stdout;
  }

  async killNode(node: string): Promise<void> {
    const slurmd = this.#daemons.get(node);
    const ended = slurmd && once(slurmd, 'close');
    slurmd?.kill('SIGKILL');
    await ended;
    this.#daemons.delete(node);
    for (const pid of await processesOfNode(node, this.env['SLURM_CONF']!)) killProcess(pid);
  }

  async startNode(node: string): Promise<void> {
    await this.#slurmd(node);
    await this.#until('idle', [node]);
  }

  async stop(): Promise<void> {
    for (const node of nodes) await this.killNode(node);
    for (const name of ['slurmctld', 'munged']) {
      const daemon = this.#daemons.get(name);
      if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, 'close');
      daemon.kill('SIGTERM'); // so that it ends its own helpers
      const late = setTimeout(() => daemon.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The ends of the daemons' logs. */
  async lastWords(): Promise<string> {
    const logs = ['munged', 'slurmctld', ...nodes].map(async (name) => {
      const text = await readFile(path.join(this.folder, 'log', `${name}.log`), 'utf8').catch(() => '');
      return `--- ${name}\n${text.split('\n').slice(-8).join('\n')}`;
    });
    return (await Promise.all(logs)).join('\n');
  }

  /** A node's daemon; under a host name of its own where the system lets us. */
  #slurmd(node: string): Promise<void> {
    const start = ['slurmd', '-D', '-N', node];
    const named = ['--uts', 'sh', '-c', `hostname ${node} && exec ${start.join(' ')}`];
    return this.#ownHostNames
      ? this.#daemon(node, 'unshare', named)
      : this.#daemon(node, start[0]!, start.slice(1));
  }

  async #daemon(name: string, command: string, args: readonly string[]): Promise<void> {
    const log = openSync(path.join(this.folder, 'log', `${name}.log`), 'a');
    const child = spawn(command, args, {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await once(child, 'spawn');
    this.#daemons.set(name, child);
  }

  async #until(state: string, which: readonly string[]): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const seen = await this.command('sinfo', ['-h', '-N', '-o', '%N %t', '-n', which.join(',')]).catch(
        () => '',
      );
      const states = new Map(seen.split('\n').map((line) => line.trim().split(' ') as [string, string]));
      if (which.every((node) => states.get(node) === state)) return;
      if (Date.now() > deadline) throw new Error(`the nodes are not ${state}:\n${seen}`);
      await sleep(200);
    }
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function canNameHosts(): Promise<boolean> {
  const { exitCode } = await execa('unshare', ['--uts', 'hostname', 'n1'], { reject: false });
  return exitCode === 0;
}
