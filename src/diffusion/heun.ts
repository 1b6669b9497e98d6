// Heun's method for the probability flow (Karras et al. 2022, Algorithm 1 without churn). In sigma = sqrt((1 - alphaBar)
// / alphaBar) and x / sqrt(alphaBar), the slope of the flow is the predicted noise itself, and Euler's step is DDIM's; so
// Heun's is DDIM's by the mean of the predictions at both ends. The last step is Euler's, as in the paper.
import { ddimStep } from './ddim.ts';
import { descend, type SamplingRun } from './sampling-run.ts';
import { stepsDown } from './schedule.ts';

/** Runs Heun's method from xT to x0: two predictions a step but the last, which has one. */
export function sampleHeun(run: SamplingRun): Promise<Float32Array> {
  const steps = stepsDown(run.schedule, run.steps, run.setAlphaToOne);
  return descend(run, steps, async (from, epsilon, { alphaBar, alphaBarPrev }, index) => {
    const step = { alphaBar, alphaBarPrev, sigma: 0 };
    const there = ddimStep(from, epsilon, step);
    const following = steps[index + 1];
    if (following === undefined) return there;
    const corrected = await run.predictEpsilon(there, following.timestep);
    return ddimStep(
      from,
      epsilon.map((value, i) => (value + corrected[i]!) / 2),
      step,
    );
  });
}
