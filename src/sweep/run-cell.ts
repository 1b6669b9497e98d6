// One job of a sweep, whoever started it: runs the experiment in cells/<id>.yaml as run-job.ts runs any job.
import path from 'node:path';
import { openStore } from '../store/store.ts';
import { loadExperiment } from '../config/load.ts';
import type { Engine } from '../engine/engine.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { RunEvent } from '../runner/events.ts';
import type { JobState } from '../jobs/job-state.ts';
import { preparePlan } from '../runner/prepare-plan.ts';
import { runExperiment } from '../runner/run-experiment.ts';
import { runJob } from '../runner/run-job.ts';
import { runPlan, type RunOutcome } from '../runner/run-plan.ts';
import type { Team } from '../runner/team.ts';
import { trainingNeeds } from '../runner/training-needs.ts';
import type { AnyStage } from '../stages/stage.ts';
import { isShared } from './plan-sweep.ts';
import { cellFile, cellResults, readSweepRecord, storeOfFolder } from './sweep-folder.ts';

export interface RunCellOptions {
  /** `<store>/sweeps/<sweep>`. */
  readonly folder: string;
  readonly id: string;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly engine: () => Promise<Engine>;
  /** The other ranks, where the experiment is trained over MPI. */
  readonly team?: Team;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** Runs the job and returns how it ended. Throws as runExperiment and runJob do. */
export async function runCell(options: RunCellOptions): Promise<JobState> {
  const { id, signal, onEvent } = options;
  const folder = path.resolve(options.folder);
  const { shared } = await readSweepRecord(folder);
  const run = shared.includes(id) ? runShared : runOne;
  const { state } = await runJob(
    {
      folder,
      id,
      store: openStore(storeOfFolder(folder)),
      remedy: 'raise slurm.time in the sweep file and run the same sdx sweep again; what is done is kept',
      signal,
      onEvent,
    },
    async (watched) => ({ outcome: await run({ ...options, onEvent: watched }, folder) }),
  );
  return state;
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
    engine,
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
    engine,
    ...trainingNeeds(config, team),
    ...(team && { team }),
    signal,
    onEvent,
  });
}
