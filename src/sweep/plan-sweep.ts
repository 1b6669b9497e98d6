// The plans of all cells, and what they share: each group of cells that needs the same teacher, data and reference
// gets one job that makes those first, so that cells never wait for one another.
import type { Store } from '../store/store.ts';
import type { Experiment } from '../config/types.generated.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import { compilePlan, type Externals } from '../plan/compile.ts';
import { externalFiles } from '../plan/external-files.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { Probe } from '../plan/probes.ts';
import type { StageKind } from '../stages/catalog.ts';
import { preflight } from '../runner/preflight.ts';
import { takeExternals } from '../runner/prepare-plan.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { LoadedSweep, SweepCell, SweepRun } from './load-sweep.ts';

export interface PlannedRun {
  readonly run: SweepRun;
  readonly cell: SweepCell;
  readonly plan: Plan;
  /** Id of the shared job that makes what it has in common with others. */
  readonly needs: string;
}

export interface SharedJob {
  /** `shared-1`, ... */
  readonly id: string;
  readonly config: Experiment;
  /** The nodes of a cell's plan that do not depend on its student. */
  readonly plan: Plan;
}

export interface SweepPlan {
  readonly shared: readonly SharedJob[];
  /** Seed by seed, in each all cells. */
  readonly runs: readonly PlannedRun[];
}

export interface PlanSweepOptions {
  readonly sweep: LoadedSweep;
  readonly store: Store;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly signal: AbortSignal;
  /** What to plan beside each run itself. */
  readonly probesOf?: (config: Experiment) => readonly Probe[];
}

/** Compiles every cell; each data set and file is looked for and digested once. Throws as preflight and preparePlan do. */
export async function planSweep(options: PlanSweepOptions): Promise<SweepPlan> {
  const { sweep, probesOf } = options;
  const externals = new Map<string, Externals>();
  const shared = new Map<string, SharedJob>();
  const runs: PlannedRun[] = [];
  // Seed by seed: a sweep that is not over yet has whole comparisons of its first seeds.
  const bySeed = sweep.seeds.flatMap((_, seed) =>
    sweep.cells.map((cell) => ({ cell, run: cell.runs[seed]! })),
  );
  for (const { cell, run } of bySeed) {
    const { config } = run;
    const known = externals.get(outsideOf(config)) ?? (await takeKnown(options, config));
    externals.set(outsideOf(config), known);
    const plan = compilePlan(config, known, probesOf?.(config));
    const common = plan.nodes.filter(isShared);
    const group = common.map(({ key }) => key).join();
    const id = shared.get(group)?.id ?? `shared-${shared.size + 1}`;
    const name = `${sweep.name}-${id}`;
    if (!shared.has(group))
      shared.set(group, { id, config: { ...config, name }, plan: { experiment: name, nodes: common } });
    runs.push({ run, cell, plan, needs: id });
  }
  return { shared: [...shared.values()], runs };
}

async function takeKnown({ sweep, ...options }: PlanSweepOptions, config: Experiment): Promise<Externals> {
  await preflight({ ...config, name: sweep.name });
  return takeExternals({ config, ...options });
}

/** What of a configuration lies outside of it: equal texts have equal externals. */
export function outsideOf(config: Experiment): string {
  const { dataset, evaluate, engine } = config;
  return canonicalJson([
    dataset,
    evaluate.dataset ?? null,
    externalFiles(config).map(({ path }) => path),
    engine,
  ]);
}

/** Whether a node's result serves cells with other students too. */
export function isShared({ model }: PlanNode): boolean {
  return model === undefined || model === 'teacher';
}

/** Whether every artifact of the plan is in the store. */
export async function isStored(plan: Plan, store: Store): Promise<boolean> {
  for (const { key } of plan.nodes.toReversed()) if ((await store.find(key)) === undefined) return false;
  return true;
}
