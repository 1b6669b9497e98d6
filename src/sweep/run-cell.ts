// One job of a sweep, whoever started it: runs the experiment in cells/<id>.yaml and keeps jobs/<id>.json. Two
// launches of one sweep may meet here; the second waits, and then finds everything done.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { acquireLock, thisProcess } from '../artifacts/lock.ts';
import { openStore } from '../artifacts/store.ts';
import { withDiskErrors } from '../artifacts/store-errors.ts';
import { loadExperiment } from '../config/load.ts';
import type { Experiment } from '../config/types.generated.ts';
import type { Engine } from '../engine/engine.ts';
import { InterruptedError, StageError, TimeLimitError } from '../errors.ts';
import type { StageKind } from '../plan/stage-params.ts';
import type { RunEvent } from '../runner/events.ts';
import { jobStateFile, readJobState, writeJobState, type JobState } from '../runner/launchers/job-state.ts';
import { ProgressWatch } from '../runner/progress-watch.ts';
import { preparePlan } from '../runner/prepare-plan.ts';
import { runExperiment } from '../runner/run-experiment.ts';
import { runPlan, type RunOutcome } from '../runner/run-plan.ts';
import type { Team } from '../runner/team.ts';
import type { Stage } from '../stages/stage.ts';
import { isShared } from './plan-sweep.ts';
import { cellFile, cellResults, readSweepRecord, storeOfFolder } from './sweep-folder.ts';

export interface RunCellOptions {
  /** `<store>/sweeps/<sweep>`. */
  readonly folder: string;
  readonly id: string;
  readonly stages: Readonly<Record<StageKind, Stage>>;
  /** Makes the engine that the experiment names. */
  readonly engine: (config: Experiment) => () => Promise<Engine>;
  /** The other ranks, where the experiment is trained over MPI. */
  readonly team?: Team;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** As many runs of a job may use up their time limit without progress; then starting it again is no use. */
const maxStalledRuns = 2;

/**
 * Runs the job and returns how it ended. Throws as runExperiment does, after noting it in the job's state, and
 * StageError where a time limit stops a job that made no progress for `maxStalledRuns`.
 */
export async function runCell(options: RunCellOptions): Promise<JobState> {
  const { id, signal } = options;
  const folder = path.resolve(options.folder);
  const { shared } = await readSweepRecord(folder);
  const stateFile = jobStateFile(folder, id);
  const lock = await withDiskErrors(stateFile, async () => {
    await mkdir(path.dirname(stateFile), { recursive: true });
    return acquireLock(`${stateFile}.lock`, { signal });
  });
  const { slurmJob, stalledRuns = 0 } = (await readJobState(folder, id)) ?? {};
  const watch = new ProgressWatch(openStore(storeOfFolder(folder)));
  const watched: RunCellOptions = {
    ...options,
    onEvent: (event) => {
      watch.observe(event);
      options.onEvent(event);
    },
  };
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
    const outcome = await (shared.includes(id) ? runShared(watched, folder) : runOne(watched, folder));
    const failed = outcome.failed[0];
    return await settle({
      status: failed === undefined ? 'done' : 'failed',
      finished: new Date().toISOString(),
      exitCode: failed === undefined ? 0 : 1,
      ...(failed === undefined ? {} : { error: failureOf(outcome, failed) }),
    });
  } catch (thrown) {
    const stalled = signal.aborted ? await stalledRunsAfter(watch, stalledRuns, signal) : stalledRuns;
    const isHopeless = stalled > stalledRuns && stalled >= maxStalledRuns;
    const error = isHopeless ? noProgress(watch) : thrown;
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

function noProgress({ stage }: ProgressWatch): StageError {
  return new StageError(
    stage ?? 'plan',
    `no progress in ${maxStalledRuns} runs that used up the time limit: nothing was finished and no checkpoint advanced`,
    { hint: 'raise slurm.time in the sweep file and run the same sdx sweep again; what is done is kept' },
  );
}

async function runOne(
  { id, stages, engine, team, signal, onEvent }: RunCellOptions,
  folder: string,
): Promise<RunOutcome> {
  const { config, file, digest } = await loadExperiment(cellFile(folder, id));
  const { outcome } = await runExperiment({
    config,
    file,
    configDigest: digest,
    store: openStore(storeOfFolder(folder)),
    resultsDir: cellResults(folder),
    stages,
    engine: engine(config),
    ...(team && { team }),
    signal,
    onEvent,
  });
  return outcome;
}

/** The nodes that the cells share; there is no student to report on. */
async function runShared(
  { id, stages, engine, team, signal, onEvent }: RunCellOptions,
  folder: string,
): Promise<RunOutcome> {
  const { config } = await loadExperiment(cellFile(folder, id));
  const store = openStore(storeOfFolder(folder));
  await store.prepare();
  const plan = await preparePlan({ config, store, stages, signal });
  return runPlan({
    plan: { ...plan, nodes: plan.nodes.filter(isShared) },
    stages,
    store,
    engine: engine(config),
    ...(team && { team }),
    signal,
    onEvent,
  });
}

function failureOf({ nodes }: RunOutcome, id: string): string {
  const outcome = nodes[id];
  if (outcome?.status !== 'failed') return `${id} failed`;
  return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
}
