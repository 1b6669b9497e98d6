// What is known of a kind of stage without running it: its parameters, the inputs it declares, what of both decides its
// bytes, where its random numbers come from, what it asks of a machine, and what its summary tells. Pure: plans are
// compiled, explained and estimated from descriptions alone; `run.ts` beside each is the only file that computes.
import type { ModelResult } from '../../results/manifest.ts';
import type { ContentDigests } from './identity.ts';
import type { Estimate, CostModel } from './estimate.ts';

/** An input of a stage: the kinds of stages that may give it, and whether it may be absent. */
export interface InputSlot<D extends AnyDescription = AnyDescription, O extends boolean = boolean> {
  readonly from: readonly D[];
  readonly optional: O;
}

export type InputSlots = Readonly<Record<string, InputSlot>>;

/** The networks whose weights stages make. */
export type MadeNetwork = 'autoencoder' | ModelResult['role'];

/** Members of a model's result that summaries of stages tell. */
export const toldNames = [
  'params',
  'macs',
  'attentionMacs',
  'steps',
  'finalLoss',
  'curve',
  'fid',
  'metrics',
  'spectrum',
  'int8',
] as const satisfies readonly (keyof ModelResult)[];

/** The part of a model's result that one stage's summary tells. */
export type ResultPart = Partial<Pick<ModelResult, (typeof toldNames)[number]>>;

/** What an estimate is made from besides the stage's own parameters. */
export interface Surroundings<I extends InputSlots = InputSlots> {
  readonly costs: CostModel;
  /** Images of the data set behind the stage; undefined where nobody knows. */
  readonly images: number | undefined;
  /** Parameters of the stages that give the inputs, by input name. */
  readonly inputs: { readonly [N in keyof I]?: ParamsOf<I[N]['from'][number]> };
}

export interface StageDescription<
  K extends string = string,
  P = never,
  S = never,
  I extends InputSlots = InputSlots,
> {
  readonly kind: K;
  /** Raised when the same parameters would give other bytes. */
  readonly version: number;
  /**
   * `model`: nodes belong to one model each, are named after it, and a student's draw from the students' seed.
   * `shared`: all models share the node, or are measured by it with the same random numbers.
   */
  readonly scope: 'model' | 'shared';
  /** The network whose weights the stage trains or loads, under the name of its node; absent where it makes none. */
  readonly makes?: MadeNetwork;
  /** Name of the stream of random numbers; absent where nothing is drawn: the seed then decides no byte. */
  readonly seedStream?: string;
  /** Key of the experiment that says how many samples are computed at a time; absent where none does. */
  readonly batchSizeKey?: string;
  readonly inputs: I;
  /** The part of `params` that decides the artifact's bytes, as JSON; undefined members fall away. */
  identity(params: P, digests: ContentDigests): unknown;
  estimate(params: P, around: Surroundings<I>): Estimate;
  /** Names of the members that every summary of this kind has. */
  readonly summary: readonly string[];
  /** What the summary tells of its model; absent where it tells nothing. */
  result?(summary: S): ResultPart;
}

/** Some kind of stage; its functions take the parameters and the summary of that kind alone. */
export type AnyDescription = StageDescription;

/** The parameters that a described stage takes. */
export type ParamsOf<D extends AnyDescription> = D extends AnyDescription
  ? Parameters<D['identity']>[0]
  : never;

/** The summary that a described stage gives. */
export type SummaryOf<D extends AnyDescription> = D extends AnyDescription
  ? Parameters<NonNullable<D['result']>>[0]
  : never;

type RequiredNames<S> = { [N in keyof S]-?: undefined extends S[N] ? never : N }[keyof S] & string;

type Written<K extends string, P, S, I extends InputSlots> = Omit<
  StageDescription<K, P, S, I>,
  'summary' | 'identity' | 'estimate' | 'result'
> & {
  identity(params: P, digests: ContentDigests): unknown;
  estimate(params: P, around: Surroundings<I>): Estimate;
  readonly summary: readonly RequiredNames<S>[];
  result?(summary: S): ResultPart;
};

/** Types a description by its parameters and its summary; the rest is inferred. */
export function describeStage<P, S extends object>(): <const K extends string, I extends InputSlots>(
  description: Written<K, P, S, I>,
) => StageDescription<K, P, S, I> {
  return (description) => description;
}

/** An input that is always there, given by any of these kinds of stages. */
export function required<const T extends readonly AnyDescription[]>(...from: T): InputSlot<T[number], false> {
  return { from, optional: false };
}

/** An input that some experiments do not have. */
export function optional<const T extends readonly AnyDescription[]>(...from: T): InputSlot<T[number], true> {
  return { from, optional: true };
}
