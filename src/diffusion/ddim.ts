// DDIM (Song, Meng and Ermon 2021): deterministic at eta 0, and then Euler's method for the probability flow in
// sqrt((1 - alphaBar) / alphaBar); noisier with eta.
import { descend, type SamplingRun } from './sampling-run.ts';
import { ddimSchedule, type DdimStepParams } from './schedule.ts';

/** x_prev = keep * x + predicted * epsilon + sigma * noise. */
export interface DdimCoefficients {
  readonly keep: number;
  readonly predicted: number;
  readonly sigma: number;
}

/** DDIM, Eq. 12, with the predicted x0 put in: linear in x, epsilon and the noise. */
function ddimCoefficients(step: Omit<DdimStepParams, 'timestep'>): DdimCoefficients {
  const { alphaBar, alphaBarPrev, sigma } = step;
  const keep = Math.sqrt(alphaBarPrev / alphaBar);
  const direction = Math.sqrt(Math.max(0, 1 - alphaBarPrev - sigma ** 2));
  return { keep, predicted: direction - keep * Math.sqrt(1 - alphaBar), sigma };
}

/** One step: latents x at `step.timestep` -> latents at the previous timestep. `noise` is needed when sigma > 0. */
export function ddimStep(
  x: Float32Array,
  epsilon: Float32Array,
  step: Omit<DdimStepParams, 'timestep'>,
  noise?: Float32Array,
): Float32Array {
  const { keep, predicted, sigma } = ddimCoefficients(step);
  if (noise === undefined) return x.map((value, i) => keep * value + predicted * epsilon[i]!);
  return x.map((value, i) => keep * value + predicted * epsilon[i]! + sigma * noise[i]!);
}

export interface DdimRun extends SamplingRun {
  /** 0: deterministic; 1: DDPM-like. */
  readonly eta: number;
}

/** Runs DDIM from xT to x0; at eta 0 without noise. */
export function sampleDdim(run: DdimRun): Promise<Float32Array> {
  const { schedule, steps, eta, setAlphaToOne } = run;
  return descend(
    run,
    ddimSchedule(schedule, steps, eta, setAlphaToOne).reverse(),
    (from, epsilon, step, index) => ddimStep(from, epsilon, step, eta === 0 ? undefined : run.noise(index)),
  );
}
