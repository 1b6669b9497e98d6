// Locks between processes: a file that names its owner. A lock whose owner is gone (same host, no such process, or
// another process under its number) is taken over. Locks keep writers apart; nobody needs one to read.
import { readFileSync } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../errors.ts';
import { systemErrorCode } from '../files/system-errors.ts';

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly since: string;
  /** Start of the process in clock ticks after boot, where the system tells: tells apart processes of one number. */
  readonly processStart?: string;
  /** In a job of Slurm: which, and how often it had been restarted. */
  readonly slurm?: { readonly job: string; readonly restarts: number };
}

export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once per owner that is waited for. */
  readonly onWait?: (owner: LockOwner | undefined) => void;
  /** Milliseconds between looks. */
  readonly pollMs?: number;
}

/** A lock file without a readable owner, or a take-over, is given this long before it counts as left behind. */
const graceMs = 10_000;

/** Waits until `file` can be taken. Throws InterruptedError when `signal` aborts, or the system's error. */
export async function acquireLock(file: string, options: LockOptions = {}): Promise<Lock> {
  let announced: string | undefined;
  for (;;) {
    if (options.signal?.aborted) throw new InterruptedError();
    if (await create(file, JSON.stringify(thisProcess())))
      return { release: () => rm(file, { force: true }) };
    const held = await readLock(file);
    if (held === 'stale') {
      await takeOver(file);
      continue;
    }
    if (held !== 'free') {
      const name = JSON.stringify(held);
      if (name !== announced) options.onWait?.(held === 'unknown' ? undefined : held);
      announced = name;
      await pause(options.pollMs ?? 300, options.signal);
    }
  }
}

/** Who holds `file`: nobody, somebody, somebody not yet readable, or nobody any more (`stale`). */
export async function readLock(file: string): Promise<LockOwner | 'free' | 'unknown' | 'stale'> {
  try {
    const owner = parseOwner(await readFile(file, 'utf8'));
    if (owner === undefined) return (await olderThan(file, graceMs)) ? 'stale' : 'unknown';
    return isGone(owner) ? 'stale' : owner;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'free';
    throw error;
  }
}

/** Removes a stale lock. Only one process at a time may do so, and it looks again first: a fresh lock is never removed. */
async function takeOver(file: string): Promise<void> {
  const guard = `${file}.takeover`;
  if (!(await create(guard, ''))) {
    if (await olderThan(guard, graceMs).catch(() => false)) await rm(guard, { force: true });
    await sleep(20);
    return;
  }
  try {
    if ((await readLock(file)) === 'stale') await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(text);
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function olderThan(file: string, ms: number): Promise<boolean> {
  return Date.now() - (await stat(file)).mtimeMs > ms;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    throw error;
  }
}

/** This process as the owner of a lock. */
export function thisProcess(): LockOwner {
  const processStart = processStartOf(process.pid);
  const slurm = slurmJob();
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    ...(processStart === undefined ? {} : { processStart }),
    ...(slurm === undefined ? {} : { slurm }),
  };
}

/** The job of Slurm that this process belongs to. */
function slurmJob(): LockOwner['slurm'] {
  const { SLURM_JOB_ID: job, SLURM_RESTART_COUNT: restarts } = process.env;
  return job === undefined ? undefined : { job, restarts: Number(restarts ?? 0) };
}

/** An earlier run of the same job has ended, wherever it was: Slurm restarts a job only then. */
function isEarlierRun({ slurm }: LockOwner): boolean {
  const own = slurmJob();
  return own !== undefined && slurm?.job === own.job && slurm.restarts < own.restarts;
}

/** Whether the process is known to have ended; on another host nothing is known, but for earlier runs of our job. */
export function isGone(owner: LockOwner): boolean {
  if (isEarlierRun(owner)) return true;
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH';
  }
  const start = processStartOf(owner.pid);
  return owner.processStart !== undefined && start !== undefined && start !== owner.processStart;
}

/** Field 22 of /proc/<pid>/stat (Linux); undefined elsewhere. */
function processStartOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<LockOwner> | null;
    return typeof owner?.pid === 'number' && typeof owner.host === 'string'
      ? (owner as LockOwner)
      : undefined;
  } catch {
    return undefined;
  }
}
