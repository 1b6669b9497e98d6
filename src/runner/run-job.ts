// One job of a launcher, whatever it runs: keeps jobs/<id>.json up to date, and stops a job that Slurm's time limit
// ends again and again without progress. Two launches may meet in one job; the second waits, and then finds its work
// done.
import path from 'node:path';
import { acquireLock, thisProcess } from '../store/lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import type { Store } from '../store/store.ts';
import { InterruptedError, StageError, TimeLimitError } from '../errors.ts';
import type { RunEvent } from './events.ts';
import { jobStateFile, readJobState, writeJobState, type JobState } from '../jobs/job-state.ts';
import { ProgressWatch } from './progress-watch.ts';
import type { RunOutcome } from './run-plan.ts';

export interface RunJobOptions {
  /** The launch's; jobs/ is there. */
  readonly folder: string;
  readonly id: string;
  readonly store: Store;
  /** What to do where the job makes no progress within its time limit. */
  readonly remedy: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** As many runs of a job may use up their time limit without progress; then starting it again is no use. */
const maxStalledRuns = 2;

/**
 * Does `work`, whose events must go to the function it is given; returns what it made and how the job ended. Throws as
 * `work` does, after noting it in the job's state, and StageError where a time limit stops a job that made no progress
 * for `maxStalledRuns`.
 */
export async function runJob<T extends { readonly outcome: RunOutcome }>(
  { folder, id, store, remedy, signal, onEvent }: RunJobOptions,
  work: (onEvent: (event: RunEvent) => void) => Promise<T>,
): Promise<{ readonly run: T; readonly state: JobState }> {
  const stateFile = jobStateFile(folder, id);
  const lock = await withDiskErrors(stateFile, async () => {
    await makeFolder(path.dirname(stateFile));
    return acquireLock(`${stateFile}.lock`, { signal });
  });
  const { slurmJob, stalledRuns = 0 } = (await readJobState(folder, id)) ?? {};
  const watch = new ProgressWatch(store);
  let state: JobState = {
    id,
    status: 'running',
    started: new Date().toISOString(),
    process: thisProcess(),
    ...(slurmJob === undefined ? {} : { slurmJob }),
    ...(stalledRuns === 0 ? {} : { stalledRuns }),
  };
  const settle = async (change: Partial<JobState> & Pick<JobState, 'status'>): Promise<JobState> => {
    state = { ...state, ...change };
    await writeJobState(folder, state);
    return state;
  };
  try {
    await settle({ status: 'running' });
    const run = await work((event) => {
      watch.observe(event);
      onEvent(event);
    });
    const failed = run.outcome.failed[0];
    const ended = await settle({
      status: failed === undefined ? 'done' : 'failed',
      finished: new Date().toISOString(),
      exitCode: failed === undefined ? 0 : 1,
      ...(failed === undefined ? {} : { error: failureOf(run.outcome, failed) }),
    });
    return { run, state: ended };
  } catch (thrown) {
    const stalled = signal.aborted ? await stalledRunsAfter(watch, stalledRuns, signal) : stalledRuns;
    const isHopeless = stalled > stalledRuns && stalled >= maxStalledRuns;
    const error = isHopeless ? noProgress(watch, remedy) : thrown;
    const interrupted = !isHopeless && (thrown instanceof InterruptedError || signal.aborted);
    await settle({
      status: interrupted ? 'interrupted' : 'failed',
      finished: new Date().toISOString(),
      error: error instanceof Error ? error.message : String(error),
      stalledRuns: stalled,
    }).catch(() => undefined); // the first error counts
    throw error;
  } finally {
    await lock.release();
  }
}

/** How many runs in a row have now used up their time without progress. Runs that others stop say nothing. */
async function stalledRunsAfter(watch: ProgressWatch, before: number, signal: AbortSignal): Promise<number> {
  if (await watch.advanced().catch(() => true)) return 0;
  return signal.reason instanceof TimeLimitError ? before + 1 : before;
}

function noProgress({ stage }: ProgressWatch, hint: string): StageError {
  return new StageError(
    stage ?? 'plan',
    `no progress in ${maxStalledRuns} runs that used up the time limit: nothing was finished and no checkpoint advanced`,
    { hint },
  );
}

function failureOf({ nodes }: RunOutcome, id: string): string {
  const outcome = nodes[id];
  if (outcome?.status !== 'failed') return `${id} failed`;
  return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
}
