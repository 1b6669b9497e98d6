// Real processes that are killed or stopped at random moments while others are at work on the same store; the same
// commands, called again, end well and with the bytes of undisturbed runs.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { integers } from '../../src/rng/noise.ts';
import { whyNoMpi } from '../support/mpi/why-no-mpi.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { startCluster, type Cluster } from '../support/slurm/cluster.ts';
import { missingSlurm } from '../support/slurm/require-slurm.ts';
import { writeSmallest } from './smallest.ts';
import {
  begin,
  beginAsChildOfTheDeaf,
  beginInOtherNamespace,
  beginOnSlurm,
  whyNoNamespaces,
  type Start,
  type Started,
} from './starts.ts';
import type { Case } from './tally.ts';
import { artifactsIn, runIn } from './worlds.ts';

interface Command {
  readonly line: readonly string[];
  /** Left out: as a process of its own. */
  readonly start?: Start;
}

interface Scenario {
  /** What is at work at the same time. */
  readonly beside: readonly Command[];
  /** What is called afterwards. */
  readonly again: readonly Command[];
  /** What is done to one of them; left out: nothing. */
  readonly harm?: 'kill' | 'stop for a while';
}

/** Commands on the folder of a case. */
interface Commands {
  readonly run: Command;
  readonly shard: (part: number) => Command;
  readonly sweep: Command;
  readonly ranks: Command;
  readonly jobs: Command;
}

/** By name. */
const scenarios: Readonly<Record<string, (commands: Commands) => Scenario>> = {
  'one run': ({ run }) => ({ beside: [run], again: [run], harm: 'kill' }),
  'two shards': ({ run, shard }) => ({ beside: [shard(1), shard(2)], again: [run], harm: 'kill' }),
  'two runs': ({ run }) => ({ beside: [run, run], again: [run], harm: 'kill' }),
  'four runs': ({ run }) => ({ beside: [run, run, run, run], again: [run], harm: 'kill' }),
  'a sweep': ({ sweep }) => ({ beside: [sweep], again: [sweep], harm: 'kill' }),
  'a run beside a sweep': ({ run, sweep }) => ({
    beside: [run, sweep],
    again: [run, sweep],
    harm: 'kill',
  }),
  'two runs, one stopped': ({ run }) => ({ beside: [run, run], again: [run], harm: 'stop for a while' }),
  'a zombie': ({ run }) => ({
    beside: [{ ...run, start: beginAsChildOfTheDeaf }],
    again: [run],
    harm: 'kill',
  }),
  'another PID namespace': ({ run }) => ({
    beside: [{ ...run, start: beginInOtherNamespace }, run],
    again: [run],
  }),
  'ranks of MPI': ({ ranks }) => ({ beside: [ranks], again: [ranks], harm: 'kill' }),
  'jobs of Slurm': ({ jobs }) => ({ beside: [jobs], again: [jobs], harm: 'kill' }),
};

/** Why a scenario cannot be tried here, by its name; those that are not named always can. */
const whyNot: Readonly<Record<string, () => Promise<string | undefined>>> = {
  'another PID namespace': whyNoNamespaces,
  'ranks of MPI': whyNoMpi,
  'jobs of Slurm': () => Promise.resolve(missingSlurm() || undefined),
};

/** What a run needs until it has samples: every kind of stage that takes long to make. */
const models = ['--stage', 'sample:lite,sample:teacher'];

/** Ranks share a batch evenly. */
const batchesForTwo = ['autoencoder.train', 'teacher.train', 'distill'].map((at) => `${at}.batchSize=2`);

export interface KillOptions {
  readonly seed: number;
  /** Cases of each scenario. */
  readonly count?: number;
  /** Names of scenarios; absent: all. */
  readonly scenarios?: readonly string[];
}

export async function kills(folder: string, options: KillOptions): Promise<Case[]> {
  const { seed, count = 3, scenarios: names = Object.keys(scenarios) } = options;
  await mkdir(folder, { recursive: true });
  const file = await writeSmallest(folder);
  const sweepFile = path.join(folder, 'pair.yaml');
  await writeFile(
    sweepFile,
    `name: pair\nbase: ${path.basename(file)}\nstudent: lite\ntoggles: [waveletGating]\n`,
  );
  const at = (name: string): string => path.join(folder, name);
  const scenarioIn = (name: string, place: string, cluster?: Cluster): Scenario =>
    scenarios[name]!(commandsIn(place, file, sweepFile, cluster));

  const tryOut = async (name: string, cluster?: Cluster): Promise<Case[]> => {
    const start = performance.now();
    for (const command of scenarioIn(name, at('whole'), cluster).again) await endsWell(command, at('whole'));
    const ms = performance.now() - start;
    const artifacts = artifactsIn(at('whole'));
    await rm(at('whole'), { recursive: true });
    const cases: Case[] = [];
    const group = `kill: ${name}`;
    for (let i = 0; i < count; i++) {
      const random = (below: number): number => integers(seed, group, i, 0, 1, below)[0]!;
      const after = random(Math.ceil(ms));
      const why = await disturbed(
        scenarioIn(name, at('case'), cluster),
        after,
        random,
        at('case'),
        artifacts,
      );
      const what = `case ${i}, after ${after} ms`;
      cases.push(
        why === undefined ? { group, what, outcome: 'repaired' } : { group, what, outcome: 'failed', why },
      );
      await rm(at('case'), { recursive: true, force: true });
    }
    return cases;
  };

  const cases: Case[] = [];
  for (const name of names) {
    const why = await whyNot[name]?.();
    if (why !== undefined) process.stderr.write(`kill: ${name}: left out, ${why}\n`);
    else if (name === 'jobs of Slurm') cases.push(...(await withCluster((cluster) => tryOut(name, cluster))));
    else cases.push(...(await tryOut(name)));
  }
  return cases;
}

function commandsIn(place: string, file: string, sweepFile: string, cluster: Cluster | undefined): Commands {
  const [, , ...places] = runIn(place, file);
  const run = [...sdxCommand, ...runIn(place, file, ...models)];
  const slurm = ['--launcher', 'slurm', '--shards', '2', '--sbatch', '--mem=900M'];
  return {
    run: { line: run },
    shard: (part) => ({
      line: [...sdxCommand, ...runIn(place, file, '--stage', 'latents', '--shard', `${part}/2`)],
    }),
    sweep: { line: [...sdxCommand, 'sweep', sweepFile, ...places, '--jobs', '2'] },
    ranks: {
      line: [
        'mpirun',
        '-n',
        '2',
        ...sdxCommand,
        'run',
        file,
        'distributed=mpi',
        'threads=1',
        ...batchesForTwo,
        ...models,
        ...places,
      ],
    },
    jobs: {
      line: [...run, ...slurm],
      ...(cluster && { start: beginOnSlurm(cluster) }),
    },
  };
}

/** Runs `work` with a Slurm of its own, whose commands find it. */
async function withCluster<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await startCluster();
  const before = process.env['SLURM_CONF'];
  Object.assign(process.env, cluster.env);
  try {
    return await work(cluster);
  } finally {
    if (before === undefined) delete process.env['SLURM_CONF'];
    else process.env['SLURM_CONF'] = before;
    await cluster.stop();
  }
}

/** Why a case failed. */
async function disturbed(
  { beside, again, harm }: Scenario,
  after: number,
  random: (below: number) => number,
  folder: string,
  expected: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const started = await Promise.all(beside.map((command) => beginIn(command, folder)));
  const chosen = started[random(started.length)]!;
  try {
    if (harm !== undefined) {
      await sleep(after);
      const victims = await chosen.victims();
      const victim = victims[random(victims.length || 1)];
      if (victim !== undefined) signal(victim, harm === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      if (victim !== undefined && harm === 'stop for a while') {
        await sleep(3000);
        signal(victim, 'SIGCONT');
      }
    }
    for (const one of started) {
      const { exitCode, stderr } = await one.ended;
      if (exitCode !== 0 && !(harm === 'kill' && one === chosen))
        return `a process beside it ended with ${exitCode}: ${stderr.slice(-400)}`;
    }
    for (const command of again) {
      const ended = await (await beginIn(command, folder)).ended;
      if (ended.exitCode !== 0) return `again: exit ${ended.exitCode}: ${ended.stderr.slice(-400)}`;
    }
  } finally {
    for (const { clean } of started) clean?.();
  }
  const seen = artifactsIn(folder);
  const wrong = Object.keys({ ...seen, ...expected }).find((file) => seen[file] !== expected[file]);
  return wrong === undefined ? undefined : `other bytes: ${wrong}`;
}

function beginIn({ line, start = begin }: Command, folder: string): Promise<Started> {
  return start(line, path.join(folder, 'store'));
}

async function endsWell(command: Command, folder: string): Promise<void> {
  const { exitCode, stderr } = await (await beginIn(command, folder)).ended;
  if (exitCode !== 0) throw new Error(`undisturbed: ${stderr}`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has come to its end before.
  }
}
