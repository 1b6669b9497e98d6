// How long stages take on this machine, by stages that were timed on it: best by what a stage has done itself, then by stages of
// its kind with the same network, then by its kind, then by all. Pure.
import type { Estimate } from '../stages/describing/estimate.ts';

/** A stage that was timed, as a whole. */
export interface Timed {
  readonly kind: string;
  readonly estimate: Pick<Estimate, 'flop' | 'network' | 'amount'>;
  readonly seconds: number;
}

/**
 * What a time follows from: what the stage itself has done until it was stopped; stages of its kind with the same network and
 * batch; of its kind; all; training steps that were tried.
 */
export type TimeSource = 'itself' | 'network' | 'kind' | 'others' | 'probe';

export interface StageTime {
  readonly seconds: number;
  readonly by: TimeSource;
}

/** A training that was stopped. */
export interface Stopped {
  /** Share that is done. */
  readonly fraction: number;
  /** What that took. */
  readonly seconds: number;
}

/** `probed`: operations a second of training steps that were tried. Undefined where nothing tells. */
export function stageTime(
  { kind, estimate }: Omit<Timed, 'seconds'>,
  timed: readonly Timed[],
  { stopped, probed }: { readonly stopped?: Stopped | undefined; readonly probed?: number | undefined } = {},
): StageTime | undefined {
  if (stopped !== undefined && stopped.fraction > 0)
    return { seconds: (stopped.seconds / stopped.fraction) * (1 - stopped.fraction), by: 'itself' };
  const { flop } = estimate;
  if (flop === undefined) return undefined;
  if (flop === 0) return { seconds: 0, by: 'network' };
  const telling = timed.filter((other) => isTelling(other, flop));
  const ofKind = telling.filter((other) => other.kind === kind);
  const alike = ofKind.filter((other) => sameWork(other.estimate, estimate));
  const rates: readonly (readonly [TimeSource, number | undefined])[] = [
    ['network', rateOf(alike)],
    ['kind', rateOf(ofKind)],
    ['probe', probed],
    ['others', rateOf(telling)],
  ];
  const found = rates.find(([, rate]) => rate !== undefined);
  return found && { seconds: flop / found[1]!, by: found[0] };
}

/** Of shorter stages, most is the start: they tell of stages that are not much longer. */
const tellingSeconds = 5;
const tellingShare = 0.1;

function isTelling({ seconds, estimate }: Timed, flop: number): boolean {
  return seconds >= tellingSeconds || (estimate.flop ?? 0) >= tellingShare * flop;
}

function sameWork(a: Timed['estimate'], b: Timed['estimate']): boolean {
  const [one, other] = [a.network, b.network];
  return (
    one !== undefined &&
    other !== undefined &&
    one.params === other.params &&
    one.macs === other.macs &&
    one.attentionMacs === other.attentionMacs &&
    batchOf(a) === batchOf(b)
  );
}

/** Of training; batches of other stages do not decide their pace. */
function batchOf({ amount }: Timed['estimate']): number | undefined {
  return amount?.unit === 'steps' ? amount.batchSize : undefined;
}

function rateOf(timed: readonly Timed[]): number | undefined {
  return operationsPerSecond(timed.map(({ estimate: { flop = 0 }, seconds }) => ({ flop, seconds })));
}

interface Work {
  readonly flop: number;
  readonly seconds: number;
}

/** Over all of `work` that computes and was timed; undefined where none of it did. */
export function operationsPerSecond(work: readonly Work[]): number | undefined {
  const known = work.filter(({ flop, seconds }) => flop > 0 && seconds > 0);
  if (known.length === 0) return undefined;
  const sum = (pick: (one: Work) => number): number => known.reduce((total, one) => total + pick(one), 0);
  return sum(({ flop }) => flop) / sum(({ seconds }) => seconds);
}
