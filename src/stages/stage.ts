// How a stage runs. It sees only its declared inputs, a seed, a place to write, an event sink and an abort signal; the
// runner owns everything else (caching, publishing, progress display, exit codes).
import type { Group } from '../distributed/group.ts';
import type { Engine } from '../engine/engine.ts';
import { InvariantError } from '../errors.ts';
import type { AnyDescription, InputSlots, ParamsOf, SummaryOf } from './describing/description.ts';
import type { Shard } from './rows/shard.ts';

/** A published artifact: an immutable folder in the store. */
export interface Artifact<S = unknown> {
  readonly key: string;
  /** Absolute folder with the artifact's files. */
  readonly dir: string;
  /** The stage's own summary, as it gave it (`StageResult.summary`). */
  readonly summary: S;
}

type ArtifactOf<D extends AnyDescription> = D extends AnyDescription ? Artifact<SummaryOf<D>> : never;

/** Artifacts by the names of declared inputs; optional ones may be absent. */
export type InputsOf<I extends InputSlots> = {
  readonly [N in keyof I as I[N]['optional'] extends false ? N : never]: ArtifactOf<I[N]['from'][number]>;
} & {
  readonly [N in keyof I as I[N]['optional'] extends false ? never : N]?: ArtifactOf<I[N]['from'][number]>;
};

/** Progress and observations, for the terminal, logs and the report. */
export type StageEvent =
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly note?: string;
    }
  | { readonly type: 'metric'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | { readonly type: 'info' | 'warning'; readonly message: string };

/** How processes that work on one stage keep out of each other's way. */
export interface Sharing {
  /** Waits until nobody else works on `piece`, a file's name in the work folder, and keeps others off it. */
  claim(piece: string): Promise<{ release(): Promise<void> }>;
  /** Whether somebody has finished the stage meanwhile; the work folder is then gone. */
  isPublished(): Promise<boolean>;
}

/** What every stage is given, whatever its kind. */
export interface CommonContext {
  readonly seed: number;
  /** Folder the stage fills; published (checksummed, fsynced, renamed) by the runner when `run` returns. */
  readonly outputDir: string;
  /** Folder that survives interruption: the stage's checkpoints. Removed after publishing. */
  readonly workDir: string;
  /** Folder for what can be found out again, such as digests of files that have not changed. */
  readonly cacheDir: string;
  readonly emit: (event: StageEvent) => void;
  readonly signal: AbortSignal;
  /** The selected engine, created on first use. */
  readonly engine: () => Promise<Engine>;
  /** Calls the other processes to this stage, where the experiment is trained by several; at most once. */
  readonly group?: () => Promise<Group>;
  /** Absent where nobody else can work on the stage. */
  readonly sharing?: Sharing;
}

export interface StageContext<D extends AnyDescription> extends CommonContext {
  readonly params: ParamsOf<D>;
  readonly inputs: InputsOf<D['inputs']>;
}

/** What one of several processes that share a stage is given: all but a place for the result. */
export type ShardContext<D extends AnyDescription> = Omit<StageContext<D>, 'outputDir' | 'group'>;

export interface StageResult<S> {
  /** JSON: numbers and facts the report and later stages need (losses, FID and its card, counts, timings). */
  readonly summary: S;
}

/** How one kind of stage runs. */
export interface Stage<D extends AnyDescription = AnyDescription> {
  readonly kind: string;
  /** `StageDescription.version`. */
  readonly version: number;
  /** Undefined on ranks other than 0 of a group, which write nothing. */
  run(context: StageContext<D>): Promise<StageResult<SummaryOf<D>> | undefined>;
  /** Does one shard of the work, into the work folder, where `run` finds it; absent where a stage cannot be divided. */
  runShard?(context: ShardContext<D>, shard: Shard): Promise<void>;
}

/** What a stage is given where its kind is not known; the plan gives each kind the parameters and inputs of its kind. */
export interface UntypedContext extends CommonContext {
  readonly params: unknown;
  readonly inputs: Readonly<Record<string, Artifact | undefined>>;
}

/** A stage whose kind is not known. */
export interface AnyStage extends Pick<Stage, 'kind' | 'version'> {
  run(context: UntypedContext): Promise<StageResult<object> | undefined>;
  runShard?(context: Omit<UntypedContext, 'outputDir' | 'group'>, shard: Shard): Promise<void>;
}

/** A described stage with the functions that run it. */
export function stageOf<D extends AnyDescription>(
  { kind, version }: D,
  functions: Pick<Stage<D>, 'run' | 'runShard'>,
): Stage<D> {
  return { kind, version, ...functions };
}

/** An input that the experiment's plan must have given; throws InvariantError where it has not. */
export function given<A>(artifact: A | undefined, name: string): A {
  if (artifact === undefined) throw new InvariantError(`the stage was not given its input ${name}`);
  return artifact;
}
