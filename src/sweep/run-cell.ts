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
import { InterruptedError } from '../errors.ts';
import type { StageKind } from '../plan/stage-params.ts';
import type { RunEvent } from '../runner/events.ts';
import { jobStateFile, readJobState, writeJobState, type JobState } from '../runner/launchers/job-state.ts';
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

/** Runs the job and returns how it ended. Throws as runExperiment does, after noting it in the job's state. */
export async function runCell(options: RunCellOptions): Promise<JobState> {
  const { id, signal } = options;
  const folder = path.resolve(options.folder);
  const { shared } = await readSweepRecord(folder);
  const stateFile = jobStateFile(folder, id);
  const lock = await withDiskErrors(stateFile, async () => {
    await mkdir(path.dirname(stateFile), { recursive: true });
    return acquireLock(`${stateFile}.lock`, { signal });
  });
  const { slurmJob } = (await readJobState(folder, id)) ?? {};
  let state: JobState = {
    id,
    status: 'running',
    started: new Date().toISOString(),
    process: thisProcess(),
    ...(slurmJob === undefined ? {} : { slurmJob }),
  };
  const settle = async (change: Partial<JobState> & Pick<JobState, 'status'>): Promise<JobState> => {
    state = { ...state, ...change };
    await writeJobState(folder, state);
    return state;
  };
  try {
    await settle({ status: 'running' });
    const outcome = await (shared.includes(id) ? runShared(options, folder) : runOne(options, folder));
    const failed = outcome.failed[0];
    return await settle({
      status: failed === undefined ? 'done' : 'failed',
      finished: new Date().toISOString(),
      exitCode: failed === undefined ? 0 : 1,
      ...(failed === undefined ? {} : { error: failureOf(outcome, failed) }),
    });
  } catch (error) {
    await settle({
      status: error instanceof InterruptedError || signal.aborted ? 'interrupted' : 'failed',
      finished: new Date().toISOString(),
      error: error instanceof Error ? error.message : String(error),
    }).catch(() => undefined); // the first error counts
    throw error;
  } finally {
    await lock.release();
  }
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
