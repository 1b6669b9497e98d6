// The DDIM sampler over host arrays: it asks for noise predictions and is handed its randomness, so it runs the
// same on every engine. Coefficients in float64, latents in float32.
import { ddimSchedule, type DdimStepParams, type Schedule } from './schedule.ts';

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

/** After step `index` (0 is the noisiest) of `count`: the latents `x` and the prediction they came from. */
export interface SamplerProgress {
  readonly index: number;
  readonly count: number;
  readonly timestep: number;
  /** The latents that the prediction was made of. */
  readonly from: Float32Array;
  readonly x: Float32Array;
  readonly epsilon: Float32Array;
}

export interface SamplerOptions {
  /** Predicted noise for latents x (any batch, flat) at timestep t; guidance included. */
  predictEpsilon(x: Float32Array, timestep: number): Promise<Float32Array>;
  readonly schedule: Schedule;
  readonly steps: number;
  /** 0: deterministic; 1: DDPM-like. */
  readonly eta: number;
  /** Standard-normal latents to start from. */
  readonly xT: Float32Array;
  /** Standard-normal noise for step `index`; not called when eta is 0. */
  noise(index: number): Float32Array | undefined;
  /** Called after each step; awaited, so it may throw to stop the run. */
  onStep?(progress: SamplerProgress): void | Promise<void>;
}

/** The x0 that a predicted noise stands for: (x_t - sqrt(1 - alphaBar) epsilon) / sqrt(alphaBar). */
export function predictedX0(xt: Float32Array, epsilon: Float32Array, alphaBar: number): Float32Array {
  const [signal, noise] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  return xt.map((value, i) => (value - noise * epsilon[i]!) / signal);
}

/** Runs DDIM from xT to x0. */
export async function sampleDdim(options: SamplerOptions): Promise<Float32Array> {
  const { schedule, steps, eta, xT } = options;
  const run = ddimSchedule(schedule, steps, eta).reverse();
  let x = xT;
  for (const [index, step] of run.entries()) {
    const from = x;
    const epsilon = await options.predictEpsilon(from, step.timestep);
    x = ddimStep(from, epsilon, step, eta === 0 ? undefined : options.noise(index));
    await options.onStep?.({ index, count: run.length, timestep: step.timestep, from, x, epsilon });
  }
  return x;
}
