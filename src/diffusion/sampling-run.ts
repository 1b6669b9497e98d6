// What all samplers share: what they are given, what they tell, and the way down the timesteps. They work over host
// arrays, ask for noise predictions and are handed their randomness, so they run the same on every engine. Coefficients
// are float64, latents float32.
import type { Schedule, StepDown } from './schedule.ts';

/** After step `index` (0 is the noisiest) of `count`: the latents `x` and the prediction they came from. */
export interface SamplerProgress {
  readonly index: number;
  readonly count: number;
  readonly timestep: number;
  /** The latents that the prediction was made of. */
  readonly from: Float32Array;
  readonly x: Float32Array;
  /** The prediction for `from` at `timestep`; the very array that `predictEpsilon` gave. */
  readonly epsilon: Float32Array;
}

export interface SamplingRun {
  /** Predicted noise for latents x (any batch, flat) at timestep t; guidance included. */
  predictEpsilon(x: Float32Array, timestep: number): Promise<Float32Array>;
  readonly schedule: Schedule;
  readonly steps: number;
  /** Whether the last step ends at the x0 that it predicts, not at alphaBar of timestep 0; no if absent. */
  readonly setAlphaToOne?: boolean;
  /** Standard-normal latents to start from. */
  readonly xT: Float32Array;
  /** Standard-normal noise for step `index`; not called by samplers, and for steps, that add none. */
  noise(index: number): Float32Array;
  /** Called after each step; awaited, so it may throw to stop the run. */
  onStep?(progress: SamplerProgress): void | Promise<void>;
}

/** The latents after a step, by those before it and the noise predicted for them. */
type NextLatents<S> = (
  from: Float32Array,
  epsilon: Float32Array,
  step: S,
  index: number,
) => Float32Array | Promise<Float32Array>;

/** Takes `steps` one after the other, from xT on; resolves to the latents after the last one. */
export async function descend<S extends StepDown>(
  run: SamplingRun,
  steps: readonly S[],
  next: NextLatents<S>,
): Promise<Float32Array> {
  let x = run.xT;
  for (const [index, step] of steps.entries()) {
    const from = x;
    const { timestep } = step;
    const epsilon = await run.predictEpsilon(from, timestep);
    x = await next(from, epsilon, step, index);
    await run.onStep?.({ index, count: steps.length, timestep, from, x, epsilon });
  }
  return x;
}

/** The x0 that a predicted noise stands for: (x_t - sqrt(1 - alphaBar) epsilon) / sqrt(alphaBar). */
export function predictedX0(xt: Float32Array, epsilon: Float32Array, alphaBar: number): Float32Array {
  const [signal, noise] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  return xt.map((value, i) => (value - noise * epsilon[i]!) / signal);
}
