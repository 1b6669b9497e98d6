// Consistency models (Song et al. 2023) as latent consistency models build them on a noise predictor (Luo et al. 2023): where
// they stop, their boundary condition, and how they are sampled. Numbers are those of the published models: 50 timesteps of the
// solver, sigma_data 0.5, timesteps times 10.
import { descend, predictedX0, type SamplingRun } from './sampling-run.ts';
import type { Schedule, StepDown } from './schedule.ts';

/** Timesteps of the teacher's solver at most. */
const solverSteps = 50;
const sigmaData = 0.5;
const timestepScaling = 10;

/** How many timesteps the teacher's solver stops at, and so most steps that can be taken in sampling. */
export function mostLcmSteps(timesteps: number): number {
  return Math.min(solverSteps, Math.floor(timesteps / 2));
}

/** The step of the solver from its timestep `index` down; below the first one stands timestep 0. */
export function solverStep(
  { alphaBar: { length: timesteps } }: Schedule,
  index: number,
): { timestep: number; previous: number } {
  const stride = Math.floor(timesteps / mostLcmSteps(timesteps));
  return { timestep: (index + 1) * stride - 1, previous: Math.max(0, index * stride - 1) };
}

/** The timesteps, rising, at which the teacher's solver stops: evenly spaced, the last one is the schedule's last where they divide it. */
export function solverTimesteps(schedule: Schedule): number[] {
  return Array.from(
    { length: mostLcmSteps(schedule.alphaBar.length) },
    (_, index) => solverStep(schedule, index).timestep,
  );
}

/** f(x, t) = skip x + out x0(x, t): at timestep 0 it is x itself (Luo et al., section 4.1; Karras et al. 2022, Table 1). */
export function boundary(timestep: number): { readonly skip: number; readonly out: number } {
  const scaled = timestep * timestepScaling;
  const spread = scaled ** 2 + sigmaData ** 2;
  return { skip: sigmaData ** 2 / spread, out: scaled / Math.sqrt(spread) };
}

/** The steps of multistep consistency sampling, from the noisiest down: `steps` of the solver's timesteps, evenly spread. */
function lcmSteps(schedule: Schedule, steps: number): StepDown[] {
  const { alphaBar } = schedule;
  const grid = solverTimesteps(schedule).reverse();
  const taken = Array.from({ length: steps }, (_, i) => grid[Math.floor((i * grid.length) / steps)]!);
  return taken.map((timestep, i) => {
    const next = taken[i + 1];
    return {
      timestep,
      alphaBar: alphaBar[timestep]!,
      alphaBarPrev: next === undefined ? 1 : alphaBar[next]!,
    };
  });
}

/** Multistep consistency sampling (Song et al. 2023, Algorithm 1): to the end of the path, and back to less noise, in turn. */
export function sampleLcm(run: SamplingRun): Promise<Float32Array> {
  const steps = lcmSteps(run.schedule, run.steps);
  return descend(run, steps, (from, epsilon, { timestep, alphaBar, alphaBarPrev }, index) => {
    const { skip, out } = boundary(timestep);
    const x0 = predictedX0(from, epsilon, alphaBar).map((value, i) => skip * from[i]! + out * value);
    if (index === steps.length - 1) return x0;
    const [signal, left] = [Math.sqrt(alphaBarPrev), Math.sqrt(1 - alphaBarPrev)];
    const noise = run.noise(index);
    return x0.map((value, i) => signal * value + left * noise[i]!);
  });
}
