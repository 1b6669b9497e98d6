// Executes a plan: stage after stage, what is in the store is taken from there, the rest is run and published.
// A model's failed stage stops only what needs it; a failure of what all models share, a signal or a disk that
// refuses stops the run. Published artifacts and checkpoints stay in every case.
import { readdir } from 'node:fs/promises';
import { isDiskError } from '../files/system-errors.ts';
import { damageText } from '../store/damage.ts';
import type { Examined, Store, StoredArtifact } from '../store/store.ts';
import type { Engine } from '../engine/engine.ts';
import type { Lock } from '../store/lock.ts';
import { InterruptedError, InvariantError, StageError } from '../errors.ts';
import type { Labels } from '../results/labels.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { StageKind } from '../stages/catalog.ts';
import type { Shard } from '../stages/rows/shard.ts';
import { catalog } from '../stages/catalog.ts';
import { summaryOf } from '../stages/describing/read-summary.ts';
import type { AnyStage, Artifact, UntypedContext } from '../stages/stage.ts';
import { errorFacts, stageEvent, type RunEvent, type RunEventBody, type RunStatus } from './events.ts';
import { fitPlan, type FittedTraining, type Machine } from './fit-memory.ts';
import { gibibytes } from './machine-memory.ts';
import { namedError } from './named-error.ts';
import { publishedKeys } from './published-keys.ts';
import { RecordKeeper } from './record-keeper.ts';
import { newRunRecord } from './run-record.ts';
import { notedEngine, noteEngine, sharingOf } from './sharing.ts';
import type { Team } from './team.ts';
import { TrainingLogger, type LogSettings } from './training-log/training-logger.ts';
import { whileUsing } from './while-using.ts';

export interface RunOptions {
  readonly plan: Plan;
  readonly stages: Readonly<Record<StageKind, AnyStage>>;
  readonly store: Store;
  /** Called where a stage needs it; gives the same engine every time. */
  readonly engine: () => Promise<Engine>;
  /** The other ranks, where training runs over MPI. */
  readonly team?: Team;
  /** What trainings have to fit into; absent where none is to be run, or nobody can tell what they take. */
  readonly machine?: Machine;
  /** How training is logged; absent where it is not. */
  readonly log?: LogSettings;
  /** For the record of the run. */
  readonly labels?: Labels;
  /** Of the stages with these ids only a shard is done; they must be divisible, and nothing may need them. */
  readonly sharded?: { readonly stages: ReadonlySet<string>; readonly shard: Shard };
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/** How a node ended. */
export type NodeOutcome =
  | { readonly status: 'done' | 'cached'; readonly artifact: StoredArtifact }
  | { readonly status: 'failed'; readonly error: unknown }
  /** The shard that was asked for is done. */
  | { readonly status: 'shard' }
  /** `by`: the failed node that it needs, directly or through others. */
  | { readonly status: 'blocked'; readonly by: string };

export interface RunOutcome {
  /** By node id. */
  readonly nodes: Readonly<Record<string, NodeOutcome>>;
  /** Ids of the nodes that failed themselves; empty when all is well. */
  readonly failed: readonly string[];
}

/**
 * Runs `plan`. Returns also where stages of single models failed (`failed`). Throws InterruptedError when `signal`
 * aborts, UserError for disks and for what a user can mend in a shared stage, StageError for a shared stage that
 * failed, InvariantError for bugs in one.
 */
export async function runPlan(options: RunOptions): Promise<RunOutcome> {
  const { store, machine } = options;
  await store.prepare();
  // From here on no `sdx gc` removes what the plan needs.
  return whileUsing(options, async () => {
    const published = await publishedKeys(options.plan.nodes, store);
    if (machine === undefined) return new PlanRun(options, published).run();
    const { plan, trainings } = fitPlan(options.plan, machine, ({ key }) => !published.has(key));
    return new PlanRun({ ...options, plan }, published, trainings).run();
  });
}

type Inputs = Readonly<Record<string, StoredArtifact>>;

class PlanRun {
  readonly #options: RunOptions;
  readonly #keeper: RecordKeeper;
  readonly #logger: TrainingLogger | undefined;
  readonly #outcomes: Record<string, NodeOutcome> = {};
  readonly #published: ReadonlySet<string>;
  readonly #trainings: readonly FittedTraining[];
  readonly #start = performance.now();

  /** `published`: keys of the plan that are in the store. */
  constructor(
    options: RunOptions,
    published: ReadonlySet<string>,
    trainings: readonly FittedTraining[] = [],
  ) {
    this.#options = options;
    this.#published = published;
    this.#trainings = trainings;
    const { store, plan, log, labels } = options;
    this.#logger = log && new TrainingLogger(store.dir, log);
    this.#keeper = new RecordKeeper(
      store.runFile(plan.experiment),
      newRunRecord(plan, new Date().toISOString(), labels),
    );
  }

  #emit(body: RunEventBody): void {
    const event: RunEvent = { time: new Date().toISOString(), ...body };
    this.#keeper.observe(event);
    this.#logger?.observe(event);
    this.#options.onEvent(event);
  }

  async run(): Promise<RunOutcome> {
    try {
      await this.#announce();
      for (const node of this.#options.plan.nodes) {
        this.#outcomes[node.id] = await this.#settle(node).finally(() => this.#settleLogs(node));
        await this.#keeper.flush();
      }
      const failed = this.#idsThat('failed');
      await this.#finish(failed.length > 0 ? 'failed' : 'done');
      return { nodes: this.#outcomes, failed };
    } catch (error) {
      // The first error counts; a record that cannot be written any more does not hide it.
      await this.#finish(error instanceof InterruptedError ? 'interrupted' : 'failed').catch(() => undefined);
      throw error;
    }
  }

  async #announce(): Promise<void> {
    const { plan } = this.#options;
    const stages = plan.nodes.map(({ id, kind, key }) => ({
      id,
      kind,
      key,
      cached: this.#published.has(key),
    }));
    this.#emit({ type: 'plan-start', experiment: plan.experiment, stages });
    for (const { id, batchSize, peak, chosen } of this.#trainings) {
      const message = `${peak.samples} of ${batchSize} samples at once: ${gibibytes(peak.bytes)} predicted`;
      if (chosen) this.#emit(stageEvent(id, { type: 'info', message }));
    }
    await this.#keeper.flush();
  }

  /** Says, and no more than that, where training could not be logged. */
  async #settleLogs({ id }: PlanNode): Promise<void> {
    const failure = await this.#logger?.settled();
    if (failure === undefined) return;
    const message = `its losses are not logged any more: ${errorFacts(failure).message}`;
    this.#emit({ type: 'stage-warning', stage: id, message });
  }

  async #finish(status: RunStatus): Promise<void> {
    const seconds = secondsSince(this.#start);
    const [failed, blocked] = [this.#idsThat('failed'), this.#idsThat('blocked')];
    this.#emit({ type: 'run-done', status, seconds, failed, blocked });
    await this.#keeper.flush();
  }

  #idsThat(status: NodeOutcome['status']): string[] {
    return Object.keys(this.#outcomes).filter((id) => this.#outcomes[id]?.status === status);
  }

  /** Brings one node to its end. Throws what must stop the run. */
  async #settle(node: PlanNode): Promise<NodeOutcome> {
    const by = this.#blockedBy(node);
    if (by !== undefined) {
      this.#emit({ type: 'stage-blocked', stage: node.id, by });
      return { status: 'blocked', by };
    }
    try {
      return await this.#take(node);
    } catch (thrown) {
      const error = namedError(node, thrown, this.#options.signal, this.#options.store.dir);
      this.#emit({ type: 'stage-failed', stage: node.id, error: errorFacts(error) });
      const stopsAll =
        node.model === undefined ||
        catalog[node.kind].makes === 'teacher' ||
        error instanceof InterruptedError ||
        this.#options.team?.busy === true ||
        isDiskError(thrown);
      if (stopsAll) throw error;
      return { status: 'failed', error };
    }
  }

  #blockedBy(node: PlanNode): string | undefined {
    for (const input of Object.values(node.inputs)) {
      const outcome = this.#outcomes[input];
      if (outcome?.status === 'failed') return input;
      if (outcome?.status === 'blocked') return outcome.by;
    }
    return undefined;
  }

  /** From the store, or made: by this run, or by another that holds the lock. */
  async #take(node: PlanNode): Promise<NodeOutcome> {
    const { store, signal, sharded } = this.#options;
    if (signal.aborted) throw new InterruptedError();
    const found = await store.examine(node.key, signal);
    if (isSound(found)) return this.#cached(node, found.artifact);
    if (sharded?.stages.has(node.id) === true) {
      const ready = found && (await this.#locked(node, () => this.#soundOrAside(node)));
      return ready ?? this.#makeShard(node, sharded.shard);
    }
    return this.#locked(node, async (lock) => (await this.#soundOrAside(node)) ?? this.#make(node, lock));
  }

  async #locked<T>({ id, key }: PlanNode, work: (lock: Lock) => Promise<T>): Promise<T> {
    const { store, signal } = this.#options;
    const lock = await store.lock(key, {
      signal,
      onWait: (owner) => {
        this.#emit({
          type: 'stage-waiting',
          stage: id,
          key,
          lockFile: store.lockFile(key),
          ...(owner ? { owner: { pid: owner.pid, host: owner.host, since: owner.since } } : {}),
        });
      },
    });
    try {
      return await work(lock);
    } finally {
      await lock.release();
    }
  }

  /** The stored artifact if every byte of it is as it was published; a damaged one is put aside. Needs the lock. */
  async #soundOrAside(node: PlanNode): Promise<NodeOutcome | undefined> {
    const { store, signal } = this.#options;
    const found = await store.examine(node.key, signal);
    if (found === undefined) return undefined;
    if (isSound(found)) return this.#cached(node, found.artifact);
    const place = await store.putAside(node.key);
    const message = `its stored artifact is damaged: ${damageText(found.damages)}; it was moved to ${place} and is made again`;
    this.#emit({ type: 'stage-warning', stage: node.id, message });
    return undefined;
  }

  #cached({ id, key }: PlanNode, artifact: StoredArtifact): NodeOutcome {
    this.#emit({ type: 'stage-cached', stage: id, key });
    return { status: 'cached', artifact };
  }

  async #make(node: PlanNode, lock: Lock): Promise<NodeOutcome> {
    const { store, stages, team } = this.#options;
    const { id, key, kind, name, params, identity } = node;
    const start = performance.now();
    let engine: Readonly<Record<string, string>> | undefined;
    const common = await this.#begin(node, (facts) => {
      engine = { ...engine, ...facts };
    });
    const context: UntypedContext = {
      ...common,
      outputDir: await store.outputDir(key),
      ...(team && {
        group: () => {
          engine = { ...engine, ranks: String(team.size) };
          const { inputs, workDir } = common;
          return team.call({ kind, params, seed: node.seed, inputs: artifactsOf(inputs), workDir });
        },
      }),
    };
    try {
      const result = await stages[kind].run(context);
      if (result === undefined) throw new InvariantError(`${id} gave no result`);
      const seconds = secondsSince(start);
      engine ??= await notedEngine(common.workDir);
      if (!(await lock.isHeld()))
        throw new StageError(id, 'another run took this one for gone and has taken over its lock', {
          hint: `see that no other run works on ${key}, then run the same command again`,
        });
      const artifact = await store.publish(key, {
        kind,
        name,
        stageVersion: identity.version,
        params,
        inputs: identity.inputs,
        summary: { ...result.summary },
        seconds,
        ...(engine ? { engine } : {}),
      });
      this.#emit({ type: 'stage-done', stage: id, key, seconds });
      return { status: 'done', artifact };
    } catch (error) {
      // The next lock clears it; where another run has the lock, it is that one's.
      if (await lock.isHeld().catch(() => false)) await store.discardOutput(key).catch(() => undefined);
      throw error;
    }
  }

  /** Beside others: what they and this process compute is locked piece by piece, the stage as a whole is not. */
  async #makeShard(node: PlanNode, shard: Shard): Promise<NodeOutcome> {
    const stage = this.#options.stages[node.kind];
    if (stage.runShard === undefined) throw new InvariantError(`${node.id} cannot be done in shards`);
    const start = performance.now();
    const context = await this.#begin(node);
    await stage.runShard(context, shard);
    const seconds = secondsSince(start);
    this.#emit({ type: 'stage-shard-done', stage: node.id, key: node.key, ...shard, seconds });
    return { status: 'shard' };
  }

  /** Announces a stage and makes what it is given; `onEngine` hears what the engine says of itself, if it is used. */
  async #begin(
    node: PlanNode,
    onEngine?: (facts: Readonly<Record<string, string>>) => void,
  ): Promise<Omit<UntypedContext, 'outputDir' | 'group'> & { readonly inputs: Inputs }> {
    const { store, signal } = this.#options;
    const { id, key, params, seed } = node;
    const workDir = await store.workDir(key);
    const resumed = (await readdir(workDir)).length > 0;
    this.#emit({ type: 'stage-start', stage: id, key, resumed });
    await this.#keeper.flush();
    return {
      params,
      inputs: this.#inputsOf(node),
      seed,
      workDir,
      cacheDir: store.dir,
      emit: (event) => {
        this.#emit(stageEvent(id, event));
      },
      signal,
      engine: async () => {
        const made = await this.#options.engine();
        await noteEngine(made.describe(), workDir); // publishing may fail, and the next run has nothing to compute
        onEngine?.(made.describe());
        return made;
      },
      sharing: sharingOf(store, key, {
        signal,
        onWait: (message) => {
          this.#emit({ type: 'stage-info', stage: id, message });
        },
      }),
    };
  }

  /** The artifacts of the inputs, with summaries that are complete. */
  #inputsOf(node: PlanNode): Inputs {
    return Object.fromEntries(
      Object.entries(node.inputs).map(([input, id]) => {
        const outcome = this.#outcomes[id];
        if (outcome === undefined || !('artifact' in outcome))
          throw new InvariantError(`${node.id}: input ${id} is not ready`);
        summaryOf(catalog[this.#kindOf(id)], outcome.artifact);
        return [input, outcome.artifact];
      }),
    );
  }

  #kindOf(id: string): PlanNode['kind'] {
    return this.#options.plan.nodes.find((node) => node.id === id)!.kind;
  }
}

function isSound(found: Examined | undefined): found is Examined & { readonly artifact: StoredArtifact } {
  return found?.artifact !== undefined && found.damages.length === 0;
}

/** What a stage sees of stored artifacts. */
function artifactsOf(inputs: Inputs): Record<string, Artifact> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { key, dir, summary }]) => [name, { key, dir, summary }]),
  );
}

/** Wall-clock seconds, to the millisecond. */
function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
