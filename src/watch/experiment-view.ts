// An experiment's last run, from its record, its logs and the store; nothing is written.
import type { Experiment } from '../config/types.generated.ts';
import { compilePlan } from '../plan/compile.ts';
import { externalFiles } from '../plan/external-files.ts';
import { estimatesOf } from '../runner/estimate-plan.ts';
import type { NodeRecord } from '../runner/run-record.ts';
import { readRunState, type RunState } from '../runner/run-state.ts';
import { secondsOfAllRuns } from '../runner/timed-stages.ts';
import { catalog, type StageKind } from '../stages/catalog.ts';
import type { Store } from '../store/store.ts';
import { resultsFolderOf, type ResultsPlace } from '../results/results-folder.ts';
import { timeLeft, type TimedStage } from './time-left.ts';
import { reportsIn, trainingOf, type Row, type Training, type View } from './view.ts';

export interface WatchedExperiment extends ResultsPlace {
  readonly config: Experiment;
  readonly store: Store;
}

/** Operations of each stage by its id. Nothing of the data is digested: what keys say does not matter here. */
export async function operationsOf({
  config,
  store,
}: Pick<WatchedExperiment, 'config' | 'store'>): Promise<ReadonlyMap<string, number>> {
  const unknown = 'not looked at';
  const plan = compilePlan(config, {
    datasetDigest: unknown,
    evaluationDigest: unknown,
    fileDigests: Object.fromEntries(externalFiles(config).map(({ path: file }) => [file, unknown])),
    engine: { name: config.engine },
    stageVersions: Object.fromEntries(
      Object.values(catalog).map(({ kind, version }) => [kind, version]),
    ) as Record<StageKind, number>,
  });
  const { stages } = await estimatesOf(plan, store);
  return new Map(stages.flatMap(({ id, flop }) => (flop === undefined ? [] : [[id, flop] as const])));
}

/** `operations`: as operationsOf gives them; the time that is left follows from them. */
export async function viewExperiment(
  { config, store, ...place }: WatchedExperiment,
  operations: ReadonlyMap<string, number>,
): Promise<View> {
  const base = {
    kind: 'experiment' as const,
    name: config.name,
    reports: await reportsIn(resultsFolderOf({ ...place, config })),
  };
  const state = await readRunState(store, config.name);
  if (state === undefined) return { ...base, status: 'not run', rows: [], curves: [] };
  const { record } = state;
  const stages = await Promise.all(
    Object.entries(record.nodes).map(async ([id, node]) => {
      const training = await trainingOf(store, config.name, id, node.key);
      return { id, node, training, timed: await timedStage(id, node, training, state, store, operations) };
    }),
  );
  const left = record.status === 'running' ? timeLeft(stages.map(({ timed }) => timed)) : undefined;
  return {
    ...base,
    status: record.status,
    started: record.started,
    updated: record.updated,
    ...(left && { left }),
    rows: stages.map(({ id, node, training }) => rowOf(id, node, training, state)),
    curves: stages.flatMap(({ id, node: { kind }, training: { curve } }) =>
      curve.length > 0 ? [{ name: id, kind, points: curve }] : [],
    ),
  };
}

async function timedStage(
  id: string,
  node: NodeRecord,
  training: Training,
  { record }: RunState,
  store: Store,
  operations: ReadonlyMap<string, number>,
): Promise<TimedStage> {
  const { kind, status, progress } = node;
  const common = { kind, flop: operations.get(id) };
  if (status === 'pending' || status === 'waiting') return { ...common, status: 'pending' };
  if (status === 'running') {
    const fraction = progress && progress.done / Math.max(progress.total, 1);
    const pace = paceOf(node, training, record.updated);
    return {
      ...{ ...common, status: 'running' },
      ...(fraction !== undefined && { fraction }),
      ...(pace !== undefined && { pace }),
    };
  }
  const published = await store.find(node.key);
  const seconds = published ? secondsOfAllRuns(published.manifest) : node.seconds;
  return { ...common, status: 'ended', ...(seconds !== undefined && { seconds }) };
}

/** The pace of a training by the points that this run has logged, of other stages by what they have done since they started. */
function paceOf(
  { started, progress }: NodeRecord,
  { logged }: Training,
  updated: string,
): number | undefined {
  if (started === undefined || progress === undefined || progress.total === 0) return undefined;
  const own = logged.filter(({ time }) => time >= started);
  const [first, last] = [own[0], own.at(-1)];
  const [done, from, to] =
    first !== undefined && last !== undefined && last.step > first.step
      ? [last.step - first.step, first.time, last.time]
      : [progress.done, started, updated];
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return seconds > 0 && done > 0 ? done / seconds / progress.total : undefined;
}

function rowOf(id: string, node: NodeRecord, { curve }: Training, { locks, record }: RunState): Row {
  const { status, seconds, progress, error } = node;
  const shown = progress && (status === 'running' || status === 'interrupted');
  const loss = curve.at(-1)?.loss;
  const owner = locks[id];
  const others =
    owner !== undefined && (owner.pid !== record.process.pid || owner.host !== record.process.host);
  const notes = [
    ...(loss !== undefined && Number.isFinite(loss) ? [`loss ${loss.toPrecision(3)}`] : []),
    ...(status === 'failed' && error ? [error.message] : []),
    ...(others ? [`process ${owner.pid} on ${owner.host} is at work on it`] : []),
  ];
  return {
    ...{ id, status },
    ...(seconds !== undefined && { seconds }),
    ...(shown && { progress: `${Math.floor(progress.done)}/${progress.total} ${progress.unit}` }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}
