// Real processes that are killed or stopped at random moments while others are at work on the same store; the same
// commands, called again, end well and with the bytes of undisturbed runs.
import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { integers } from '../../src/rng/noise.ts';
import { sdxCommand } from '../support/processes/compiled.ts';
import { writeSmallest } from './smallest.ts';
import type { Case } from './tally.ts';
import { artifactsIn, runIn } from './worlds.ts';

/** How a process begins that a scenario is about; `command` is a whole command line. */
type Start = (command: readonly string[]) => Promise<Started>;

interface Started {
  /** Of sdx itself, as seen from here. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Takes what was needed for the start away again. */
  readonly clean?: () => void;
}

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
}

interface Scenario {
  /** Command lines that work beside one another. */
  readonly beside: readonly (readonly string[])[];
  /** What is called afterwards. */
  readonly again: readonly (readonly string[])[];
  /** What is done to one of them; left out: nothing. */
  readonly harm?: 'kill' | 'stop for a while';
  readonly start?: Start;
}

const begin: Start = ([program = '', ...args]) => {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stderr: Buffer.concat(said).toString() });
    });
  });
  return Promise.resolve({ pid: child.pid!, ended });
};

/** Below a process that never asks how its child has ended: killed, it stays as a zombie. */
const beginAsChildOfTheDeaf: Start = async (command) => {
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
  return { pid, ended: gone(), clean: () => parent.kill('SIGKILL') };
};

const beginInOtherNamespace: Start = (command) =>
  begin(['unshare', '--pid', '--fork', '--kill-child', ...command]);

/** By name; `run` and `sweep` are command lines of the case's folder. */
const scenarios: Readonly<Record<string, (line: Lines) => Scenario>> = {
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
  'a zombie': ({ run }) => ({ beside: [run], again: [run], harm: 'kill', start: beginAsChildOfTheDeaf }),
  'another PID namespace': ({ run }) => ({
    beside: [run, run],
    again: [run],
    start: beginInOtherNamespace,
  }),
};

interface Lines {
  readonly run: readonly string[];
  readonly shard: (part: number) => readonly string[];
  readonly sweep: readonly string[];
}

/** What a run needs until it has samples: every kind of stage that takes long to make. */
const models = ['--stage', 'sample:lite,sample:teacher'];

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
  const linesIn = (at: string): Lines => {
    const [, , ...places] = runIn(at, file);
    return {
      run: [...sdxCommand, ...runIn(at, file, ...models)],
      shard: (part) => [...sdxCommand, ...runIn(at, file, '--stage', 'latents', '--shard', `${part}/2`)],
      sweep: [...sdxCommand, 'sweep', sweepFile, ...places, '--jobs', '2'],
    };
  };
  const at = (name: string): string => path.join(folder, name);

  // Undisturbed, and how long it takes.
  const known = new Map<
    string,
    { readonly artifacts: Readonly<Record<string, string>>; readonly ms: number }
  >();
  const undisturbed = async (name: string) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const start = performance.now();
    for (const command of scenarios[name]!(linesIn(at('whole'))).again) await endsWell(command);
    const ms = performance.now() - start;
    const whole = { artifacts: artifactsIn(at('whole')), ms };
    known.set(name, whole);
    await rm(at('whole'), { recursive: true });
    return whole;
  };

  const cases: Case[] = [];
  for (const name of names) {
    const group = `kill: ${name}`;
    if (name === 'another PID namespace' && !(await canUnshare())) {
      process.stderr.write(`${group}: left out, this system makes no PID namespaces for us\n`);
      continue;
    }
    const { artifacts, ms } = await undisturbed(name);
    for (let i = 0; i < count; i++) {
      const random = (below: number): number => integers(seed, group, i, 0, 1, below)[0]!;
      const after = random(Math.ceil(ms));
      const scenario = scenarios[name]!(linesIn(at('case')));
      const why = await disturbed(scenario, after, random, at('case'), artifacts);
      const what = `case ${i}, after ${after} ms`;
      cases.push(
        why === undefined ? { group, what, outcome: 'repaired' } : { group, what, outcome: 'failed', why },
      );
      await rm(at('case'), { recursive: true, force: true });
    }
  }
  return cases;
}

/** Why a case failed. */
async function disturbed(
  { beside, again, harm, start = begin }: Scenario,
  after: number,
  random: (below: number) => number,
  folder: string,
  expected: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  // Only the first is started in the way that the scenario is about.
  const started = await Promise.all(beside.map((command, i) => (i === 0 ? start : begin)(command)));
  const chosen = started[random(started.length)]!;
  try {
    if (harm !== undefined) {
      await sleep(after);
      const victims = [chosen.pid, ...(await childrenOf(chosen.pid))];
      const victim = victims[random(victims.length)]!;
      signal(victim, harm === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      if (harm === 'stop for a while') {
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
      const ended = await (await begin(command)).ended;
      if (ended.exitCode !== 0) return `again: exit ${ended.exitCode}: ${ended.stderr.slice(-400)}`;
    }
  } finally {
    for (const { clean } of started) clean?.();
  }
  const seen = artifactsIn(folder);
  const wrong = Object.keys({ ...seen, ...expected }).find((file) => seen[file] !== expected[file]);
  return wrong === undefined ? undefined : `other bytes: ${wrong}`;
}

async function endsWell(command: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await (await begin(command)).ended;
  if (exitCode !== 0) throw new Error(`undisturbed: ${stderr}`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has come to its end before.
  }
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

function canUnshare(): Promise<boolean> {
  return execute('unshare', ['--pid', '--fork', 'true']).then(
    () => true,
    () => false,
  );
}
