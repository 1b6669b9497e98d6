// How long the rest of a run takes: each stage at the pace that it shows itself, or at that of the stages of its kind that
// have ended, else of all that have computed anything. Pure.
import { operationsPerSecond } from '../plan/stage-times.ts';

export interface TimedStage {
  readonly kind: string;
  /** Floating-point operations of the whole stage; undefined where that is not known. */
  readonly flop: number | undefined;
  readonly status: 'ended' | 'running' | 'pending';
  /** Of stages that have ended, where they were timed. */
  readonly seconds?: number;
  /** Share of a running stage that is done. */
  readonly fraction?: number;
  /** Share of a running stage that a second does. */
  readonly pace?: number;
}

export interface TimeLeft {
  readonly seconds: number;
  /** Whether there is more to do whose time is not known. */
  readonly isLowerBound: boolean;
}

/** Undefined where nothing is left, or nothing is known of what is left. */
export function timeLeft(stages: readonly TimedStage[]): TimeLeft | undefined {
  const left = stages.filter(({ status }) => status !== 'ended');
  const times = left.map((stage) => secondsLeft(stage, stages));
  const known = times.filter((time) => time !== undefined);
  if (known.every((time) => time === 0)) return undefined;
  return { seconds: known.reduce((sum, time) => sum + time, 0), isLowerBound: known.length < times.length };
}

function secondsLeft(stage: TimedStage, all: readonly TimedStage[]): number | undefined {
  const { kind, flop, fraction = 0, pace } = stage;
  if (pace !== undefined && pace > 0) return (1 - fraction) / pace;
  if (flop === undefined) return undefined;
  if (flop === 0) return 0;
  const rate = rateOf(all.filter((one) => one.kind === kind)) ?? rateOf(all);
  return rate === undefined ? undefined : (flop * (1 - fraction)) / rate;
}

/** Operations a second of stages that have ended or show a pace. */
function rateOf(stages: readonly TimedStage[]): number | undefined {
  return operationsPerSecond(
    stages.flatMap(({ flop = 0, seconds, pace }) => {
      if (seconds !== undefined && seconds > 0) return [{ flop, seconds }];
      return pace !== undefined && pace > 0 ? [{ flop, seconds: 1 / pace }] : [];
    }),
  );
}
