// Claim: `sdx status` of a sweep of 1,000 cells takes less than 200 ms, also where its jobs are Slurm's.
// Usage: tsx bench/sweep-status.ts [--cells 1000] [--rounds 15]
// Squeue is a stand-in that prints a line per task, so that its own time, which is the cluster's, is left out. Rounds
// alternate between the launchers; a fifth of the cells runs, the others are done or wait. The command as a process
// of its own is measured where it is compiled (npm run build).
import { spawnSync } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { thisProcess } from '../src/store/lock.ts';
import { main } from '../src/cli/main.ts';
import type { JobState } from '../src/jobs/job-state.ts';

import { median, quantile } from './statistics.ts';

const { values: flags } = parseArgs({
  options: { cells: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '15' } },
});
const [cells, rounds] = [Number(flags.cells), Number(flags.rounds)];
const folder = await mkdtemp(path.join(os.tmpdir(), 'sdx-bench-'));
const store = path.join(folder, 'store');

/** A launched sweep of the store; the path of its file. */
async function makeSweep(name: 'local' | 'slurm'): Promise<string> {
  const at = path.join(store, 'sweeps', name);
  for (const part of ['jobs', 'slurm']) await mkdir(path.join(at, part), { recursive: true });
  await mkdir(path.join(store, 'runs'), { recursive: true });
  const ids = Array.from({ length: cells }, (_, i) => `lambdaf${i}-seed0`);
  const process_ = thisProcess();
  for (const [i, id] of ids.entries()) {
    const slurm = name === 'slurm' ? { slurmJob: `7_${i}` } : {};
    const owner = name === 'slurm' ? { ...process_, slurm: { job: String(100 + i), restarts: 0 } } : process_;
    const running = i % 5 === 0;
    const state: JobState = running
      ? { id, status: 'running', process: owner, started: new Date().toISOString(), ...slurm }
      : { id, status: i % 2 === 0 ? 'done' : name === 'slurm' ? 'submitted' : 'pending', ...slurm };
    await writeFile(path.join(at, 'jobs', `${id}.json`), JSON.stringify(state));
    if (!running) continue;
    const nodes = {
      'distill:sd': { status: 'running', progress: { done: i, total: 150_000, unit: 'steps' } },
    };
    const record = {
      schemaVersion: 1,
      experiment: `${name}-${id}`,
      process: owner,
      status: 'running',
      nodes,
    };
    await writeFile(path.join(store, 'runs', `${name}-${id}.json`), JSON.stringify(record));
  }
  const record = {
    schemaVersion: 1,
    sweep: name,
    file: '',
    launcher: name,
    shared: [],
    cells: ids,
    updated: '',
  };
  await writeFile(path.join(at, 'sweep.json'), JSON.stringify(record));
  if (name === 'slurm') await pretendQueue(path.join(at, 'slurm', '0001-cells.list'), ids);
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(file, `name: ${name}\nbase: base.yaml\nstudent: sd\n`);
  return file;
}

/** Puts a squeue before any other that prints what Slurm would of these tasks (slurm-queue.ts). */
async function pretendQueue(list: string, ids: readonly string[]): Promise<void> {
  await writeFile(list, ids.map((id) => `${id} true\n`).join(''));
  const state = (i: number): string => (i % 5 === 0 ? 'RUNNING' : i % 2 === 0 ? 'COMPLETED' : 'PENDING');
  const line = (_: string, i: number): string => `7_${i}|${state(i)}|None|node${i % 64}|${list}\n`;
  await writeFile(path.join(folder, 'queue'), ids.map(line).join(''));
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  await writeFile(path.join(bin, 'squeue'), `#!/bin/sh\nexec cat '${path.join(folder, 'queue')}'\n`);
  await chmod(path.join(bin, 'squeue'), 0o755);
  process.env['PATH'] = `${bin}:${process.env['PATH'] ?? ''}`;
}

/** Milliseconds of the command within this process; throws unless it lists every cell. */
async function command(file: string): Promise<number> {
  let out = '';
  const sink = { write: (text: string) => (out += text) };
  const signal = new AbortController().signal;
  const start = performance.now();
  await main(['status', file, '--store', store], {
    stdout: sink,
    stderr: sink,
    isTty: false,
    color: false,
    signal,
  });
  const ms = performance.now() - start;
  if (!out.includes(`${cells} cells: `) || !out.includes(`lambdaf${cells - 1}-seed0 `))
    throw new Error(`status is not what it should be:\n${out.slice(0, 500)}`);
  return ms;
}

/** The same as a process; undefined where it is not compiled. */
async function wholeProcess(file: string): Promise<number | undefined> {
  const root = path.join(import.meta.dirname, '..');
  const compiled = await access(path.join(root, 'dist/cli/main.js')).then(
    () => true,
    () => false,
  );
  if (!compiled) return undefined;
  const start = performance.now();
  const { status } = spawnSync(process.execPath, [
    path.join(root, 'bin/sdx.js'),
    'status',
    file,
    '--store',
    store,
  ]);
  if (status !== 0) throw new Error(`bin/sdx.js status ended with ${status}`);
  return performance.now() - start;
}

try {
  const files = { local: await makeSweep('local'), slurm: await makeSweep('slurm') };
  const launchers = Object.keys(files) as (keyof typeof files)[];
  const inside: Record<string, number[]> = { local: [], slurm: [] };
  const outside: Record<string, number[]> = { local: [], slurm: [] };
  for (const name of launchers) await command(files[name]);
  for (let round = 0; round < rounds; round++)
    for (const name of launchers) {
      inside[name]!.push(await command(files[name]));
      const whole = await wholeProcess(files[name]);
      if (whole !== undefined) outside[name]!.push(whole);
    }
  console.log('| launcher | command, ms: median (quartiles) | with the start of Node, ms | n |');
  console.log('|---|---|---|---|');
  for (const name of launchers) {
    const text = (ms: readonly number[]): string =>
      ms.length === 0
        ? 'not compiled'
        : `${median(ms).toFixed(0)} (${quantile(ms, 0.25).toFixed(0)}-${quantile(ms, 0.75).toFixed(0)})`;
    console.log(`| ${name} | ${text(inside[name]!)} | ${text(outside[name]!)} | ${rounds} |`);
  }
  console.log(
    `\n${cells} cells, ${os.cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}, load ${os.loadavg()[0]!.toFixed(1)}.`,
  );
} finally {
  await rm(folder, { recursive: true });
}
