// Learning rates as functions of the step.

export type LearningRateSchedule = 'constant' | 'linear-decay';

export interface LearningRateSettings {
  readonly learningRate: number;
  readonly lrSchedule: LearningRateSchedule;
  readonly warmupSteps: number;
  readonly steps: number;
}

/** Fraction of the base rate left at step `step` of `steps`. */
const decays: Readonly<Record<LearningRateSchedule, (step: number, steps: number) => number>> = {
  constant: () => 1,
  'linear-decay': (step, steps) => 1 - step / steps,
};

/** Rate of step `step`, counted from 0: base times decay, times (step + 1) / warmupSteps during the warm-up. */
export function learningRateAt(step: number, settings: LearningRateSettings): number {
  const { learningRate, lrSchedule, warmupSteps, steps } = settings;
  const warmup = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
  return learningRate * warmup * decays[lrSchedule](step, steps);
}
