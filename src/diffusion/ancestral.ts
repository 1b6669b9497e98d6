// Ancestral sampling, one step at a time (paper, Eq. 5, with the score that follows from a noise prediction:
// s = -epsilon / sqrt(1 - alphaBar)). Coefficients in float64, signals in float32.
import { InvariantError } from '../errors.ts';
import type { Schedule } from './schedule.ts';

/** x_t and the noise predicted for it -> x_{t-1}; `noise` has the variance beta_t, and the last step, t = 0, adds none. */
export function ancestralStep(
  { betas, alphaBar }: Schedule,
  t: number,
  x: Float32Array,
  epsilon: ArrayLike<number>,
  noise: Float32Array,
): Float32Array {
  const [beta, left] = [betas[t], alphaBar[t]];
  if (beta === undefined || left === undefined)
    throw new InvariantError(`timestep ${t} is outside the schedule`);
  const keep = 1 / Math.sqrt(1 - beta);
  const predicted = (-keep * beta) / Math.sqrt(1 - left);
  const added = t === 0 ? 0 : Math.sqrt(beta);
  return x.map((value, i) => keep * value + predicted * epsilon[i]! + added * noise[i]!);
}
