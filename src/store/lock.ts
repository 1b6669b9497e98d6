// Locks between processes: a file that names its owner, who touches it now and then. A lock whose owner is gone is taken
// over: on the same host, no such process, a zombie, or another process under its number. Where a process of the same
// host name cannot be seen (another container, another boot), it counts as gone once it has not touched its lock for
// minutes. Locks keep writers apart; nobody needs one to read.
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { InterruptedError } from '../errors.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import { isRunning, processPlace, processStartOf, visibility, type ProcessPlace } from './processes.ts';

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly since: string;
  /** Start of the process in clock ticks after boot, where the system tells: tells apart processes of one number. */
  readonly processStart?: string;
  /** Where its number means this process, where the system tells. */
  readonly place?: ProcessPlace;
  /** In a job of Slurm: which, and how often it had been restarted. */
  readonly slurm?: { readonly job: string; readonly restarts: number };
}

export interface Lock {
  release(): Promise<void>;
  /** Whether it is still ours: nobody has taken us for gone. */
  isHeld(): Promise<boolean>;
}

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once per owner that is waited for. */
  readonly onWait?: (owner: LockOwner | undefined) => void;
  /** Milliseconds between looks. */
  readonly pollMs?: number;
  /** Milliseconds without a touch after which an owner that cannot be seen counts as gone. */
  readonly silentMs?: number;
}

/** A lock file without a readable owner, or a take-over, is given this long before it counts as left behind. */
const graceMs = 10_000;

export const touchEveryMs = 20_000;
/** Long enough for whatever keeps the owner's event loop busy. */
const silentMs = 600_000;

/** Waits until `file` can be taken. Throws InterruptedError when `signal` aborts, or the system's error. */
export async function acquireLock(file: string, options: LockOptions = {}): Promise<Lock> {
  let announced: string | undefined;
  const silence = new Silence();
  for (;;) {
    if (options.signal?.aborted) throw new InterruptedError();
    const text = JSON.stringify(thisProcess());
    if (await create(file, text)) return heldLock(file, text);
    const held = await readLock(file);
    const silent =
      typeof held === 'object' &&
      visibilityOf(held) === 'hidden' &&
      (await silence.of(file)) > (options.silentMs ?? silentMs);
    if (held === 'stale' || silent) {
      await takeOver(file, typeof held === 'object' ? held : undefined);
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

function heldLock(file: string, text: string): Lock {
  const touching = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined); // the next touch may succeed
  }, touchEveryMs).unref();
  const isHeld = (): Promise<boolean> =>
    readFile(file, 'utf8').then(
      (found) => found === text,
      (error: unknown) => {
        if (systemErrorCode(error) === 'ENOENT') return false;
        throw error;
      },
    );
  return {
    isHeld,
    release: async () => {
      clearInterval(touching);
      // Where it cannot be read it is most likely still ours.
      if (await isHeld().catch(() => true)) await rm(file, { force: true });
    },
  };
}

/** For how long a lock has not been touched, by the clock of the one who looks: clocks of file servers may differ. */
class Silence {
  #last: { readonly touched: number; readonly seen: number } | undefined;

  async of(file: string): Promise<number> {
    const touched = (await stat(file).catch(() => undefined))?.mtimeMs ?? NaN;
    if (this.#last?.touched !== touched) this.#last = { touched, seen: performance.now() };
    return performance.now() - this.#last.seen;
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

/**
 * Removes a stale lock, or that of `silent`. Only one process at a time may do so, and it looks again first: a fresh
 * lock is never removed.
 */
async function takeOver(file: string, silent: LockOwner | undefined): Promise<void> {
  const guard = `${file}.takeover`;
  if (!(await create(guard, ''))) {
    if (await olderThan(guard, graceMs).catch(() => false)) await rm(guard, { force: true });
    await sleep(20);
    return;
  }
  try {
    const held = await readLock(file);
    if (held === 'stale' || (silent !== undefined && isDeepStrictEqual(held, silent)))
      await rm(file, { force: true });
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

/** A time in the future says as little as one long past: clocks differ by less. */
async function olderThan(file: string, ms: number): Promise<boolean> {
  return Math.abs(Date.now() - (await stat(file)).mtimeMs) > ms;
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
  const place = processPlace();
  const slurm = slurmJob();
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    ...(processStart === undefined ? {} : { processStart }),
    ...(place === undefined ? {} : { place }),
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
  const visible = visibilityOf(owner);
  return visible === 'over' || (visible === 'visible' && !isRunning(owner.pid, owner.processStart));
}

/** Whether `owner`, which cannot be seen from here though its host has our name, has not touched `file` for minutes. */
export async function isSilent(owner: LockOwner, file: string): Promise<boolean> {
  if (visibilityOf(owner) !== 'hidden') return false;
  const touched = (await stat(file).catch(() => undefined))?.mtimeMs;
  return touched !== undefined && Date.now() - touched > silentMs;
}

/** Whether an owner can be seen from here: one on a host of our name. */
function visibilityOf({ host, place }: LockOwner): ReturnType<typeof visibility> | 'elsewhere' {
  if (host !== hostname()) return 'elsewhere';
  return place === undefined ? 'visible' : visibility(place);
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
