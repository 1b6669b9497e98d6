// Ancestral sampling (Ho et al. 2020, Algorithm 2; paper, Eq. 5, with the score that follows from a noise prediction:
// s = -epsilon / sqrt(1 - alphaBar)). Over fewer steps than the schedule has, beta is that of the steps taken, as in
// Nichol and Dhariwal 2021, section 4.
import { descend, type SamplingRun } from './sampling-run.ts';
import { stepsDown } from './schedule.ts';

export interface AncestralStepParams {
  /** 1 - alphaBar / alphaBarPrev, which is the schedule's beta where no timestep is left out. */
  readonly beta: number;
  readonly alphaBar: number;
  /** Of the noise that is added. */
  readonly variance: number;
}

/** x_t and the noise predicted for it -> x_{t-1}; the last step adds no noise. */
export function ancestralStep(
  x: Float32Array,
  epsilon: ArrayLike<number>,
  { beta, alphaBar, variance }: AncestralStepParams,
  noise?: Float32Array,
): Float32Array {
  const keep = 1 / Math.sqrt(1 - beta);
  const predicted = (-keep * beta) / Math.sqrt(1 - alphaBar);
  if (noise === undefined) return x.map((value, i) => keep * value + predicted * epsilon[i]!);
  const added = Math.sqrt(variance);
  return x.map((value, i) => keep * value + predicted * epsilon[i]! + added * noise[i]!);
}

/**
 * Runs ancestral sampling from xT to the x0 that the last step predicts. The noise has the variance of q(x_{t-1} | x_t, x0),
 * (1 - alphaBarPrev) / (1 - alphaBar) beta: with the other choice of Ho et al., beta itself, few steps leave noise that no
 * later step expects.
 */
export function sampleAncestral(run: SamplingRun): Promise<Float32Array> {
  const steps = stepsDown(run.schedule, run.steps);
  return descend(run, steps, (from, epsilon, { alphaBar, alphaBarPrev }, index) => {
    const isLast = index === steps.length - 1;
    const beta = 1 - (isLast ? alphaBar : alphaBar / alphaBarPrev);
    const variance = ((1 - alphaBarPrev) / (1 - alphaBar)) * beta;
    return ancestralStep(from, epsilon, { beta, alphaBar, variance }, isLast ? undefined : run.noise(index));
  });
}
