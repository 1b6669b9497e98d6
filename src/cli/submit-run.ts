// `sdx run --launcher slurm`: hands a run to Slurm, stages that can be done in parts to many jobs, and returns.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Store } from '../store/store.ts';
import { ExitCode } from '../errors.ts';
import type { PlanNode } from '../plan/plan.ts';
import { selectNodes, withAncestors } from '../plan/select.ts';
import { jobStateFile } from '../jobs/job-state.ts';
import { submitChain, type ChainJob, type ChainLink } from '../jobs/slurm/slurm-chain.ts';
import { submittedFolder } from '../jobs/submitted-run.ts';
import { preflight } from '../runner/preflight.ts';
import { preparePlan } from '../runner/prepare-plan.ts';
import { stagesRunName } from '../runner/run-stages.ts';
import { planWaves } from '../runner/waves.ts';
import { stages } from '../stages/registry.ts';
import { shardText, type Shard } from '../stages/rows/shard.ts';
import type { Io } from './io.ts';
import type { Pipeline } from './load-pipeline.ts';
import type { RunOptions } from './options.ts';
import { selfCommand } from './self-command.ts';

/** Prints what was submitted. Throws UserError where the run cannot start, and with what Slurm says. */
export async function submitRun(
  pipeline: Pipeline,
  overrides: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<number> {
  const { config, store, file } = pipeline;
  const { stage, shards, dryRun } = options;
  await preflight(config);
  const wanted = await wantedNodes(pipeline, options, io.signal);
  if (!dryRun) await store.prepare();
  const folder = submittedFolder(store.dir, config.name, digestOf(wanted));
  const base = [...selfCommand(), 'run', file, ...overrides, ...commonOptions(options)];
  const job = (id: string, names: readonly string[], shard?: Shard): ChainJob => ({
    id,
    stages: names,
    ...(shard && { shard: shardText(shard) }),
    run: names.length === 0 ? config.name : stagesRunName(config.name, names, shard),
    command: [
      ...base,
      ...(names.length === 0 ? [] : ['--stage', names.join(',')]),
      ...(shard ? ['--shard', shardText(shard)] : []),
      ...['--job', jobStateFile(folder, id)],
    ],
  });
  const links: ChainLink[] = [];
  for (const { number, kind, ids } of shards === undefined ? [] : planWaves(wanted, isDivisible)) {
    const missing = await missingOf(store, wanted, ids);
    if (missing.length === 0) continue;
    const id = `wave-${number}`;
    const jobs =
      kind === 'whole'
        ? [job(id, missing)]
        : partsOf(shards!).map((shard) => job(`${id}-${shard.part}-of-${shard.of}`, missing, shard));
    links.push({ name: kind, jobs });
  }
  links.push({ name: 'rest', jobs: [job('rest', stage?.split(',') ?? [])] });
  const outcome = await submitChain(
    { experiment: config.name, file, folder, links, dryRun, signal: io.signal },
    { requeue: true, signalSeconds: 120, sbatch: words(options.sbatch ?? ''), prolog: [] },
  );
  io.stdout.write(options.json ? `${JSON.stringify(outcome)}\n` : `${outcome.text ?? ''}\n`);
  return ExitCode.ok;
}

function partsOf(of: number): Shard[] {
  return Array.from({ length: of }, (_, i) => ({ part: i + 1, of }));
}

/** The nodes of the run, in the order of the plan. */
async function wantedNodes(
  { config, store }: Pipeline,
  { stage }: RunOptions,
  signal: AbortSignal,
): Promise<PlanNode[]> {
  const plan = await preparePlan({ config, store, stages, signal });
  if (stage === undefined) return [...plan.nodes];
  return withAncestors(plan, selectNodes(plan, stage.split(',')));
}

/** Of the nodes `ids`, those that are not in the store. */
async function missingOf(
  store: Store,
  nodes: readonly PlanNode[],
  ids: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const { id, key } of nodes)
    if (ids.includes(id) && (await store.find(key)) === undefined) missing.push(id);
  return missing;
}

/** Tells apart runs of one name: with other changes, or of other stages. */
function digestOf(nodes: readonly PlanNode[]): string {
  return createHash('sha256')
    .update(nodes.map(({ key }) => key).join())
    .digest('hex')
    .slice(0, 8);
}

function isDivisible({ kind }: PlanNode): boolean {
  return stages[kind].runPart !== undefined;
}

function commonOptions({ store, results, engine, threads, profile }: RunOptions): string[] {
  return [
    ...['--store', path.resolve(store), '--results', path.resolve(results)],
    ...(engine === undefined ? [] : ['--engine', engine]),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
