// DPM-Solver++(2M) (Lu et al. 2022, Algorithm 2): a method of second order for the probability flow in lambda =
// log(sqrt(alphaBar) / sqrt(1 - alphaBar)), with one prediction a step: it extrapolates the predicted x0 to the middle of
// the step from this prediction and the one before. The first step has none before it and is of first order, which is
// DDIM's; so is the last one, as in the authors' code for few steps.
import { descend, predictedX0, type SamplingRun } from './sampling-run.ts';
import { stepsDown, type StepDown } from './schedule.ts';

/** The latents at the level alphaBarPrev when x0 is as predicted on the whole way there. */
function towards(
  x: Float32Array,
  x0: Float32Array,
  { alphaBar, alphaBarPrev }: Omit<StepDown, 'timestep'>,
): Float32Array {
  const keep = Math.sqrt((1 - alphaBarPrev) / (1 - alphaBar));
  const gained = Math.sqrt(alphaBarPrev) - keep * Math.sqrt(alphaBar);
  return x.map((value, i) => keep * value + gained * x0[i]!);
}

function lambdaOf(alphaBar: number): number {
  return Math.log(alphaBar / (1 - alphaBar)) / 2;
}

/** Runs DPM-Solver++(2M) from xT to x0. */
export function sampleDpmSolver(run: SamplingRun): Promise<Float32Array> {
  const steps = stepsDown(run.schedule, run.steps, run.setAlphaToOne);
  let last: { readonly x0: Float32Array; readonly width: number } | undefined;
  return descend(run, steps, (from, epsilon, step, index) => {
    const x0 = predictedX0(from, epsilon, step.alphaBar);
    const width = lambdaOf(step.alphaBarPrev) - lambdaOf(step.alphaBar);
    const before = index === steps.length - 1 ? undefined : last;
    last = { x0, width };
    if (before === undefined) return towards(from, x0, step);
    const reach = width / (2 * before.width);
    return towards(
      from,
      x0.map((value, i) => value + reach * (value - before.x0[i]!)),
      step,
    );
  });
}
