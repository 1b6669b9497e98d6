// What a stage is. A stage sees only its declared inputs, a seed, a place to write, an event sink and an abort
// signal; the runner owns everything else (caching, publishing, progress display, exit codes).
import type { Group } from '../distributed/group.ts';
import type { Engine } from '../engine/engine.ts';
import { InvariantError } from '../errors.ts';
import type { Shard } from './rows/shard.ts';

/** A published artifact: an immutable folder in the store. */
export interface Artifact {
  readonly key: string;
  /** Absolute folder with the artifact's files. */
  readonly dir: string;
  /** The stage's own summary, as it gave it (`StageResult.summary`). */
  readonly summary: Readonly<Record<string, unknown>>;
}

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

export interface StageContext<P> {
  readonly params: P;
  /** Inputs by the name the stage declared for them. */
  readonly inputs: Readonly<Record<string, Artifact>>;
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

/** What one of several processes that share a stage is given: all but a place for the result. */
export type PartContext<P> = Omit<StageContext<P>, 'outputDir' | 'group'>;

export interface StageResult {
  /** JSON: numbers and facts the report and later stages need (losses, FID and its card, counts, timings). */
  readonly summary: Readonly<Record<string, unknown>>;
}

/** One kind of stage. Raise `version` when the same parameters would give other bytes. */
export interface Stage<P = never> {
  readonly kind: string;
  readonly version: number;
  run(context: StageContext<P>): Promise<StageResult>;
  /** Does one part of the work, into the work folder, where `run` finds it; absent where a stage cannot be divided. */
  runPart?(context: PartContext<P>, shard: Shard): Promise<void>;
}

/** The input that the plan promised under `name`. */
export function inputOf(context: Pick<StageContext<unknown>, 'inputs'>, name: string): Artifact {
  const artifact = context.inputs[name];
  if (artifact === undefined) throw new InvariantError(`the stage was not given its input ${name}`);
  return artifact;
}
