// Runs the jobs of a sweep as child processes of this one, a few at a time. Each is a process group of its own: a
// Ctrl-C reaches this process alone, which then asks each child once to stop at its next safe point.
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { makeFolder } from '../files/make-folder.ts';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { isGone, thisProcess, type LockOwner } from '../store/lock.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import { ExitCode, InvariantError } from '../errors.ts';
import { jobLogFile, readJobState, writeJobState, type JobState } from './job-state.ts';
import type {
  CellJob,
  LaunchEvent,
  Launcher,
  LaunchOutcome,
  LaunchRequest,
  SubmitRequest,
} from './launcher.ts';

export const localLauncher: Launcher = {
  name: 'local',
  async launch(request) {
    if (request.dryRun) return { status: 'planned', text: describe(request) };
    return new LocalLaunch(request).run();
  },
  cancel: cancelLocal,
};

function describe({ shared, cells, command }: SubmitRequest): string {
  return [...shared, ...cells].map((job) => `${command(job).join(' ')}\n`).join('');
}

/** Lines of the log that are quoted where a job died without a word in its state. */
const quotedLines = 3;

class LocalLaunch<Event> {
  readonly #request: LaunchRequest<Event>;
  /** Jobs not started yet, in order. */
  readonly #waiting: CellJob[];
  readonly #ended = new Map<string, JobState>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(request: LaunchRequest<Event>) {
    this.#request = request;
    this.#waiting = [...request.shared, ...request.cells];
  }

  async run(): Promise<LaunchOutcome> {
    const { folder, signal, jobs } = this.#request;
    await withDiskErrors(folder, () => makeFolder(path.join(folder, 'logs')));
    // Another launch may be at work on some of them: their states are its own.
    for (const { id } of this.#waiting)
      if ((await readJobState(folder, id))?.status !== 'running')
        await this.#settle({ id, status: 'pending' });
    const launchFile = path.join(folder, `launch-${process.pid}.json`);
    await withDiskErrors(launchFile, () => writeFileAtomic(launchFile, JSON.stringify(thisProcess())));
    try {
      return await this.#runAll(Math.max(1, jobs), signal);
    } finally {
      await rm(launchFile, { force: true });
    }
  }

  async #runAll(atOnce: number, signal: AbortSignal): Promise<LaunchOutcome> {
    for (;;) {
      while (!signal.aborted && this.#running.size < atOnce) {
        const job = await this.#next();
        if (job === undefined) break;
        const running = this.#runJob(job).finally(() => this.#running.delete(job.id));
        this.#running.set(job.id, running);
      }
      if (this.#running.size === 0) break;
      await Promise.race(this.#running.values());
    }
    return { status: signal.aborted ? 'interrupted' : 'finished' };
  }

  /** The first job that can start now; those whose shared job did not end well are settled on the way. */
  async #next(): Promise<CellJob | undefined> {
    for (let i = 0; i < this.#waiting.length; i++) {
      const job = this.#waiting[i]!;
      const before = job.needs === undefined ? 'done' : this.#statusOf(job.needs);
      if (before === 'pending' || before === 'running') continue;
      this.#waiting.splice(i, 1);
      if (before === 'done') return job;
      i--;
      await this.#settle({ id: job.id, status: 'failed', error: `not run: ${job.needs!} ${before}` });
    }
    return undefined;
  }

  /** A job that is not part of this launch was done before. */
  #statusOf(id: string): JobState['status'] {
    const ended = this.#ended.get(id);
    if (ended) return ended.status;
    if (this.#running.has(id)) return 'running';
    return this.#waiting.some((job) => job.id === id) ? 'pending' : 'done';
  }

  async #settle(state: JobState): Promise<void> {
    await writeJobState(this.#request.folder, state);
    if (state.status !== 'pending') this.#ended.set(state.id, state);
    this.#emit({ type: 'job', job: state.id, state });
  }

  #emit(event: LaunchEvent<Event>): void {
    this.#request.onEvent(event);
  }

  async #runJob(job: CellJob): Promise<void> {
    const { folder, command, signal } = this.#request;
    const [program, ...args] = command(job);
    if (program === undefined) throw new InvariantError(`no command for ${job.id}`);
    const started = new Date().toISOString();
    this.#emit({ type: 'job', job: job.id, state: { id: job.id, status: 'running', started } });
    const log = jobLogFile(folder, job.id);
    await appendFile(log, `--- ${started} ${job.id}\n`);
    const child = execa(program, args, {
      detached: true,
      reject: false,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: { file: log, append: true },
      buffer: false,
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for await (const line of child) this.#pass(job.id, line);
    } catch {
      // How the child ended is told by what follows.
    }
    const ended = await child;
    signal.removeEventListener('abort', stop);
    await this.#settle(await this.#finalState(job.id, started, ended));
  }

  #pass(job: string, line: string): void {
    const event = this.#request.readEvent(line);
    if (event !== undefined) this.#emit({ type: 'run', job, event });
  }

  /** What the job itself wrote, completed or, where it could write nothing, replaced by what is known here. */
  async #finalState(
    id: string,
    started: string,
    ended: { readonly exitCode?: number | undefined; readonly signal?: string | undefined },
  ): Promise<JobState> {
    const own = await readJobState(this.#request.folder, id);
    const { exitCode } = ended;
    const code = exitCode === undefined ? {} : { exitCode };
    if (exitCode === ExitCode.ok) return { ...own, id, status: 'done', ...code };
    if (own?.status === 'failed') return { ...own, ...code };
    const stopped = this.#request.signal.aborted || exitCode === ExitCode.interrupted;
    if (stopped) return { ...own, id, status: 'interrupted', ...code };
    const last = lastLines(await readFile(jobLogFile(this.#request.folder, id), 'utf8').catch(() => ''));
    const how =
      ended.signal === undefined
        ? `ended with exit code ${exitCode ?? 'unknown'}`
        : `was killed by ${ended.signal}`;
    const said = last === '' ? '' : `: ${last}`;
    return {
      id,
      status: 'failed',
      started,
      finished: new Date().toISOString(),
      error: `${how}${said}`,
      ...code,
    };
  }
}

/** The end of what the last run of a job has said. */
function lastLines(log: string): string {
  const lines = log.trim().split('\n');
  return lines
    .slice(lines.findLastIndex((line) => line.startsWith('--- ')) + 1)
    .slice(-quotedLines)
    .join('\n');
}

/**
 * Asks the sweeps at work here to stop; they pass it on to their jobs. Jobs that have lost their sweep are asked
 * themselves. Each stops at its next safe point.
 */
async function cancelLocal(folder: string): Promise<string[]> {
  const running = await runningJobs(folder);
  const launches = await liveLaunches(folder);
  const told = launches.filter(stopProcess);
  return running
    .filter((state) => told.length > 0 || (state.process !== undefined && stopProcess(state.process)))
    .map(({ id }) => id);
}

/** Jobs that run on this machine and that no cluster has started. */
async function runningJobs(folder: string): Promise<JobState[]> {
  const ids = (await namesIn(path.join(folder, 'jobs'))).map((name) => name.slice(0, -'.json'.length));
  const states = await Promise.all(ids.sort().map((id) => readJobState(folder, id)));
  return states.filter(
    (state): state is JobState =>
      state?.status === 'running' && state.slurmJob === undefined && state.process?.host === hostname(),
  );
}

/** Whether a process, which is not known to be gone, is at work on the jobs in `folder`, also those that wait. */
export async function isLaunching(folder: string): Promise<boolean> {
  return (await launchers(folder)).length > 0;
}

async function liveLaunches(folder: string): Promise<LockOwner[]> {
  return (await launchers(folder)).filter(({ host }) => host === hostname());
}

async function launchers(folder: string): Promise<LockOwner[]> {
  const files = (await namesIn(folder)).filter((name) => name.startsWith('launch-'));
  const owners = await Promise.all(
    files.map((name) =>
      readFile(path.join(folder, name), 'utf8').then(
        (text) => JSON.parse(text) as LockOwner,
        () => undefined,
      ),
    ),
  );
  return owners.filter((owner): owner is LockOwner => owner !== undefined && !isGone(owner));
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
}

/** Whether there was a process to tell. */
function stopProcess({ pid }: LockOwner): boolean {
  try {
    return process.kill(pid, 'SIGTERM');
  } catch {
    return false;
  }
}
