// Noise schedules in float64 and the timesteps at which samplers visit them, as latent-diffusion computes both for DDIM.
import { UserError } from '../errors.ts';

export interface ScheduleConfig {
  readonly linearStart: number;
  readonly linearEnd: number;
  /** Training steps T. */
  readonly timesteps: number;
}

export interface Schedule {
  readonly betas: Float64Array;
  /** Products of 1 - beta up to and with each step (the paper's alpha with a bar), falling from near 1. */
  readonly alphaBar: Float64Array;
}

/** betas = linspace(sqrt(start), sqrt(end), T)^2 ("scaled linear"). Throws UserError on values outside (0, 1). */
export function scaledLinearSchedule({ linearStart, linearEnd, timesteps }: ScheduleConfig): Schedule {
  if (!(
    linearStart > 0 &&
    linearStart <= linearEnd &&
    linearEnd < 1 &&
    Number.isInteger(timesteps) &&
    timesteps > 1
  ))
    throw new UserError(
      'usage',
      `noise schedule from ${linearStart} to ${linearEnd} in ${timesteps} steps is not possible`,
      { hint: 'needed: 0 < linearStart <= linearEnd < 1 and at least 2 steps' },
    );
  const [from, to] = [Math.sqrt(linearStart), Math.sqrt(linearEnd)];
  const betas = Float64Array.from(
    { length: timesteps },
    (_, i) => (from + ((to - from) * i) / (timesteps - 1)) ** 2,
  );
  let product = 1;
  return { betas, alphaBar: betas.map((beta) => (product *= 1 - beta)) };
}

/**
 * DDIM's "uniform" timesteps, rising: range(0, T, floor(T / steps)) + 1. When `steps` does not divide T there are
 * more than `steps` of them, as in latent-diffusion (T = 1000: 400 asked for, 500 taken). Throws UserError for step
 * counts whose last timestep would be T, which latent-diffusion cannot take either.
 */
export function ddimTimesteps(timesteps: number, steps: number): number[] {
  const stride = Math.floor(timesteps / steps);
  if (!Number.isInteger(steps) || steps < 1 || stride < 2)
    throw new UserError('usage', `${steps} DDIM steps cannot be taken from a schedule of ${timesteps}`, {
      hint: `use a whole number from 1 to ${Math.floor(timesteps / 2)}`,
    });
  const taken = Array.from({ length: Math.ceil(timesteps / stride) }, (_, i) => i * stride + 1);
  const last = taken.at(-1) ?? 0;
  if (last >= timesteps)
    throw new UserError(
      'usage',
      `${steps} DDIM steps end at timestep ${last}, past the schedule of ${timesteps}`,
      {
        hint: `use a divisor of ${timesteps} below it, such as ${nearestDivisor(timesteps, steps)}`,
      },
    );
  return taken;
}

/** Whether `ddimTimesteps` takes exactly as many steps as it is asked for. */
export function takesExactly(timesteps: number, steps: number): boolean {
  const stride = Math.floor(timesteps / steps);
  return stride >= 2 && Math.ceil(timesteps / stride) === steps && (steps - 1) * stride + 1 < timesteps;
}

/** The counts nearest to `steps`, below and above, that `ddimTimesteps` takes exactly. */
export function exactStepsNear(timesteps: number, steps: number): number[] {
  const most = Math.floor(timesteps / 2);
  const towards = (step: 1 | -1): number[] => {
    for (let count = steps + step; count >= 1 && count <= most; count += step)
      if (takesExactly(timesteps, count)) return [count];
    return [];
  };
  return [...towards(-1), ...towards(1)];
}

/** `count` timesteps spread evenly over 1..timesteps-1, both ends among them; all of them where there are fewer. */
export function evenTimesteps(timesteps: number, count: number): number[] {
  const last = timesteps - 1;
  if (count >= last) return Array.from({ length: last }, (_, i) => i + 1);
  if (count === 1) return [Math.round((1 + last) / 2)];
  return Array.from({ length: count }, (_, i) => Math.round(1 + (i * (last - 1)) / (count - 1)));
}

/** The divisor of `whole`, itself left out, that lies nearest to `wish`. */
function nearestDivisor(whole: number, wish: number): number {
  let nearest = 1;
  for (let divisor = 1; divisor <= whole / 2; divisor++)
    if (whole % divisor === 0 && Math.abs(divisor - wish) < Math.abs(nearest - wish)) nearest = divisor;
  return nearest;
}

/** A step from one timestep to the one before it, of those that are visited. */
export interface StepDown {
  readonly timestep: number;
  readonly alphaBar: number;
  readonly alphaBarPrev: number;
}

/**
 * The steps of a run from the noisiest down. The last one goes to alphaBar[0], as in latent-diffusion, or to 1, where only
 * the predicted x0 is left.
 */
export function stepsDown({ alphaBar }: Schedule, steps: number, setAlphaToOne = false): StepDown[] {
  const timesteps = ddimTimesteps(alphaBar.length, steps);
  return timesteps
    .map((timestep, i) => ({
      timestep,
      alphaBar: alphaBar[timestep]!,
      alphaBarPrev: i === 0 ? (setAlphaToOne ? 1 : alphaBar[0]!) : alphaBar[timesteps[i - 1]!]!,
    }))
    .reverse();
}

/** What one DDIM step needs: where it stands, where it goes, and how much noise it adds. */
export interface DdimStepParams extends StepDown {
  readonly sigma: number;
}

/**
 * The steps of a DDIM run in the order of the timesteps (rising). sigma = eta sqrt((1 - prev) / (1 - now))
 * sqrt(1 - now / prev) (DDIM, Eq. 16); the first step's predecessor is as in `stepsDown`.
 */
export function ddimSchedule(
  schedule: Schedule,
  steps: number,
  eta: number,
  setAlphaToOne = false,
): DdimStepParams[] {
  return stepsDown(schedule, steps, setAlphaToOne)
    .map((step) => {
      const { alphaBar: now, alphaBarPrev: prev } = step;
      return { ...step, sigma: eta * Math.sqrt(((1 - prev) / (1 - now)) * (1 - now / prev)) };
    })
    .reverse();
}
