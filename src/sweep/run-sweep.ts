// Runs what a sweep still lacks, here or on a cluster, and gathers the results. Jobs are commands of sdx; a launcher
// starts them.
import path from 'node:path';
import type { EngineFlags } from '../engine/engine-options.ts';
import { InterruptedError } from '../errors.ts';
import { withDiskErrors } from '../files/system-errors.ts';
import { childCommand } from '../jobs/child-command.ts';
import { readJobState } from '../jobs/job-state.ts';
import type { CellJob, LaunchEvent, Launcher, LaunchOutcome } from '../jobs/launcher.ts';
import type { StageKind } from '../stages/catalog.ts';
import { writeSweepResults } from '../report/write-sweep-results.ts';
import type { SweepManifest } from '../results/sweep-manifest.ts';
import { readRunEvent, type RunEvent } from '../runner/events.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { Store } from '../store/store.ts';
import { collectSweep } from './collect-sweep.ts';
import { jobEngine } from './job-engine.ts';
import { jobsToRun, type JobsToRun } from './jobs-to-run.ts';
import type { LoadedSweep } from './load-sweep.ts';
import { planSweep, type SweepPlan } from './plan-sweep.ts';
import { jobsOf, sweepFolder, writeSweepFolder } from './sweep-folder.ts';

export interface RunSweepOptions {
  readonly sweep: LoadedSweep;
  readonly store: Store;
  /** The sweep's results go to a folder of its name in this one. */
  readonly resultsDir: string;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly launcher: Launcher['name'];
  /** Jobs at a time; 0 is for the launcher to choose. */
  readonly jobs: number;
  /** What the user asks of the engine, for every job. */
  readonly engine: EngineFlags;
  /** Changes to the base that the user gave; the job that gathers the results needs them, too. */
  readonly overrides: readonly string[];
  /** Program and first arguments of sdx. */
  readonly program: readonly string[];
  /** Describe what would run, start and write nothing. */
  readonly dryRun: boolean;
  /** Only gather what is there. */
  readonly collect: boolean;
  readonly signal: AbortSignal;
  /** Called once, before the first job starts. */
  readonly onPlan: (work: SweepWork) => void;
  readonly onEvent: (event: LaunchEvent<RunEvent>) => void;
}

/** What there is to do. */
export interface SweepWork {
  /** The sweep's in the store. */
  readonly folder: string;
  readonly plan: SweepPlan;
  readonly todo: JobsToRun;
  /** Whether cells that were made for several processes are trained by one. */
  readonly singleRanks: boolean;
}

export type SweepOutcome =
  | { readonly status: 'planned' | 'submitted'; readonly work: SweepWork; readonly text?: string }
  | { readonly status: 'finished'; readonly work: SweepWork; readonly results: SweepResults };

export interface SweepResults {
  readonly manifest: SweepManifest;
  /** Absolute. */
  readonly folder: string;
  /** Shared jobs that failed: the cells say only that they wait for them. */
  readonly failedShared: readonly { readonly id: string; readonly reason: string | undefined }[];
}

/** Throws as planSweep and the launcher do, and InterruptedError when stopped by a signal. */
export async function runSweep(options: RunSweepOptions): Promise<SweepOutcome> {
  const { sweep, store, stages, launcher, dryRun, collect, signal } = options;
  const plan = await planSweep({ sweep, store, stages, signal });
  const folder = sweepFolder(store.dir, sweep.name);
  const todo = await jobsToRun(folder, plan, store);
  const work = { folder, plan, todo, singleRanks: hasSingleRanks(sweep, launcher) };
  options.onPlan(work);
  if (collect) return { status: 'finished', work, results: await gather(options, work) };
  if (!dryRun) {
    await store.prepare();
    await writeSweepFolder(folder, plan, { sweep: sweep.name, file: sweep.file, launcher });
  }
  const { status, text }: LaunchOutcome =
    todo.cells.length === 0 ? { status: dryRun ? 'planned' : 'finished' } : await launch(options, work);
  if (status === 'planned' || status === 'submitted')
    return { status, work, ...(text !== undefined && { text }) };
  const results = await gather(options, work);
  if (status === 'interrupted') throw new InterruptedError();
  return { status, work, results };
}

const launchers: Readonly<Record<Launcher['name'], (sweep: LoadedSweep) => Promise<Launcher>>> = {
  local: async () => (await import('../jobs/local.ts')).localLauncher,
  slurm: async ({ slurm }) => (await import('../jobs/slurm/slurm.ts')).slurmLauncher(slurm),
};

async function launch(options: RunSweepOptions, { plan, folder, todo }: SweepWork): Promise<LaunchOutcome> {
  const { sweep, store, resultsDir, overrides, program, jobs, dryRun, signal, onEvent } = options;
  const launcher = await launchers[options.launcher](sweep);
  const { shared, cells } = jobsOf(folder, plan);
  const wanted = (all: readonly CellJob[], ids: readonly string[]) =>
    all.filter(({ id }) => ids.includes(id));
  const engine = jobEngine(sweep, options.engine, options.launcher, jobs);
  return launcher.launch({
    sweep: sweep.name,
    folder,
    shared: wanted(shared, todo.shared),
    cells: wanted(cells, todo.cells),
    command: ({ id }) => childCommand({ program, words: ['cell', folder, id, '--json'], engine }),
    readEvent: readRunEvent,
    collect: childCommand({
      program,
      words: ['sweep', sweep.file, ...overrides, '--collect'],
      places: { store: store.dir, results: resultsDir },
      engine: options.engine,
    }),
    jobs,
    dryRun,
    signal,
    onEvent,
  });
}

/** Cells that were made for several processes train as well in one; only, nobody may have meant it. */
function hasSingleRanks({ cells, slurm }: LoadedSweep, launcher: Launcher['name']): boolean {
  const areDistributed = cells.some(({ runs }) => runs[0]?.config.distributed !== 'none');
  return areDistributed && (launcher !== 'slurm' || slurm.ranks === undefined);
}

/** Writes results/<sweep>/ from what the cells have published. */
async function gather(
  { sweep, resultsDir }: RunSweepOptions,
  { plan, folder }: SweepWork,
): Promise<SweepResults> {
  const states = await Promise.all(plan.shared.map(({ id }) => readJobState(folder, id)));
  const failedShared = states.flatMap((state) =>
    state?.status === 'failed' ? [{ id: state.id, reason: state.error }] : [],
  );
  const { manifest, images } = await collectSweep(sweep, plan, folder);
  const results = path.resolve(resultsDir, sweep.name);
  await withDiskErrors(results, () => writeSweepResults(results, manifest, images));
  return { manifest, folder: results, failedShared };
}
