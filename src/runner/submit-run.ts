// `sdx run --launcher slurm`: hands a run to Slurm, stages that can be done in shards to many jobs, and returns.
import { createHash } from 'node:crypto';
import type { Experiment } from '../config/types.generated.ts';
import type { EngineFlags } from '../engine/engine-options.ts';
import { childCommand } from '../jobs/child-command.ts';
import { jobStateFile } from '../jobs/job-state.ts';
import type { LaunchOutcome } from '../jobs/launcher.ts';
import { submitChain, type ChainJob, type ChainLink } from '../jobs/slurm/slurm-chain.ts';
import { submittedFolder } from '../jobs/submitted-run.ts';
import type { PlanNode } from '../plan/plan.ts';
import { selectNodes, withAncestors } from '../plan/select.ts';
import type { StageKind } from '../stages/catalog.ts';
import { shardText, type Shard } from '../stages/rows/shard.ts';
import type { AnyStage } from '../stages/stage.ts';
import type { Store } from '../store/store.ts';
import { preflight } from './preflight.ts';
import { preparePlan } from './prepare-plan.ts';
import { publishedKeys } from './published-keys.ts';
import { stagesRunName } from './run-stages.ts';
import { planWaves } from './waves.ts';

export interface SubmitRunOptions {
  /** With all changes. */
  readonly config: Experiment;
  /** The experiment's file, absolute. */
  readonly file: string;
  /** The changes to it, and options that its commands need besides: `--profile`, `smoke`. */
  readonly changes: readonly string[];
  readonly store: Store;
  readonly resultsDir: string;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  /** Kinds or ids of the stages to run; absent: all, and the results. */
  readonly names?: readonly string[];
  /** Jobs that share each stage that can be done in shards; absent: one job does all. */
  readonly shards?: number;
  /** Options of sbatch, one each. */
  readonly sbatch: readonly string[];
  /** What the user asks of the engine, for every job. */
  readonly engine: EngineFlags;
  /** Program and first arguments of sdx. */
  readonly program: readonly string[];
  /** Describe everything, submit and write nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Throws UserError where the run cannot start, and with what Slurm says. */
export async function submitRun(options: SubmitRunOptions): Promise<LaunchOutcome> {
  const { config, store, file, names, shards, stages, dryRun, signal } = options;
  await preflight(config);
  const wanted = await wantedNodes(options);
  if (!dryRun) await store.prepare();
  const folder = submittedFolder(store.dir, config.name, digestOf(wanted));
  const job = (id: string, ids: readonly string[], shard?: Shard): ChainJob => ({
    id,
    stages: ids,
    ...(shard && { shard: shardText(shard) }),
    run: ids.length === 0 ? config.name : stagesRunName(config.name, ids, shard),
    command: childCommand({
      program: options.program,
      words: [
        ...['run', file, ...options.changes],
        ...(ids.length === 0 ? [] : ['--stage', ids.join(',')]),
        ...(shard ? ['--shard', shardText(shard)] : []),
        ...['--job', jobStateFile(folder, id)],
      ],
      places: { store: store.dir, results: options.resultsDir },
      engine: options.engine,
    }),
  });
  const isDivisible = ({ kind }: PlanNode): boolean => stages[kind].runShard !== undefined;
  const published = await publishedKeys(wanted, store);
  const missing = wanted.filter(({ key }) => !published.has(key)).map(({ id }) => id);
  const links: ChainLink[] = [];
  for (const { number, kind, ids } of shards === undefined ? [] : planWaves(wanted, isDivisible)) {
    const todo = missing.filter((id) => ids.includes(id));
    if (todo.length === 0) continue;
    const id = `wave-${number}`;
    const jobs =
      kind === 'whole'
        ? [job(id, todo)]
        : shardsOf(shards!).map((shard) => job(`${id}-${shard.number}-of-${shard.of}`, todo, shard));
    links.push({ name: kind, jobs });
  }
  links.push({ name: 'rest', jobs: [job('rest', names ?? [])] });
  return submitChain(
    { experiment: config.name, file, folder, keys: wanted.map(({ key }) => key), links, dryRun, signal },
    { requeue: true, signalSeconds: 120, sbatch: options.sbatch, prolog: [] },
  );
}

function shardsOf(of: number): Shard[] {
  return Array.from({ length: of }, (_, i) => ({ number: i + 1, of }));
}

/** The nodes of the run, in the order of the plan. */
async function wantedNodes({ config, store, stages, names, signal }: SubmitRunOptions): Promise<PlanNode[]> {
  const plan = await preparePlan({ config, store, stages, signal });
  return names === undefined ? [...plan.nodes] : withAncestors(plan, selectNodes(plan, names));
}

/** Tells apart runs of one name: with other changes, or of other stages. */
function digestOf(nodes: readonly PlanNode[]): string {
  return createHash('sha256')
    .update(nodes.map(({ key }) => key).join())
    .digest('hex')
    .slice(0, 8);
}
