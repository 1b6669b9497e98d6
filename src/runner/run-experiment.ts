// One experiment from its configuration to its results folder: plan, run, collect, write.
import path from 'node:path';
import { writeFileAtomic } from '../files/atomic-file.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import type { Store } from '../store/store.ts';
import type { Experiment } from '../config/types.generated.ts';
import type { Engine } from '../engine/engine.ts';
import type { StageKind } from '../stages/catalog.ts';
import { formatJson } from '../report/formats/json.ts';
import { writeResults } from '../report/write-results.ts';
import type { ResultsManifest } from '../results/manifest.ts';
import { timingsFile, type Timings } from '../results/timings.ts';
import type { AnyStage } from '../stages/stage.ts';
import { collectResults } from './collect-results.ts';
import type { RunEvent } from './events.ts';
import { preflight } from './preflight.ts';
import { preparePlan } from './prepare-plan.ts';
import { runPlan, type RunOutcome } from './run-plan.ts';
import type { Team } from './team.ts';
import { labelsOf } from '../results/labels.ts';
import { resultsFolderOf, type ResultsPlace } from '../results/results-folder.ts';
import { trainingNeeds } from './training-needs.ts';
import { whileUsing } from './while-using.ts';

export interface RunExperimentOptions extends ResultsPlace {
  readonly config: Experiment;
  /** The YAML file, absolute. */
  readonly file: string;
  readonly configDigest: string;
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly engine: () => Promise<Engine>;
  /** The other ranks, where the experiment is trained over MPI. */
  readonly team?: Team;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

export interface ExperimentRun {
  readonly outcome: RunOutcome;
  readonly manifest: ResultsManifest;
  readonly timings: Timings;
  /** Absolute. */
  readonly resultsFolder: string;
}

/** Runs or resumes the experiment. Results are written also where single models failed. Throws as runPlan does. */
export async function runExperiment(options: RunExperimentOptions): Promise<ExperimentRun> {
  const { config, store, stages, signal } = options;
  await preflight(config);
  await store.prepare();
  const plan = await preparePlan({ config, store, stages, signal });
  const labels = labelsOf(config);
  const { outcome, manifest, images, timings } = await whileUsing({ ...options, plan }, async () => {
    const ended = await runPlan({ ...options, ...trainingNeeds(config, options.team), plan, labels });
    return {
      outcome: ended,
      ...(await collectResults({ ...options, plan, outcome: ended })),
    };
  });
  const resultsFolder = resultsFolderOf(options);
  await withDiskErrors(resultsFolder, async () => {
    await writeResults(resultsFolder, manifest, images);
    await writeFileAtomic(path.join(resultsFolder, timingsFile), formatJson(timings));
  });
  return { outcome, manifest, timings, resultsFolder };
}
