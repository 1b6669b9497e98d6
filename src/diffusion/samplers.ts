// The samplers by their names in configurations. All start from the same noise, and all but lcm visit the timesteps of
// `ddimTimesteps`, so that their images can be compared. A new sampler is a file beside this one, a row here, and its name in the schema.
import { sampleAncestral } from './ancestral.ts';
import { sampleDdim, type DdimRun } from './ddim.ts';
import { sampleDpmSolver } from './dpm-solver.ts';
import { sampleHeun } from './heun.ts';
import { mostLcmSteps, sampleLcm } from './lcm.ts';

interface SamplerSpec {
  /** As tables and cards name it. */
  readonly title: string;
  /** Noise predictions of one sample. */
  readonly evaluations: (steps: number) => number;
  /** Whether `eta` changes it. */
  readonly takesEta: boolean;
  /** Whether it adds noise of its own whatever eta is: then its samples approach no solution of the probability flow. */
  readonly addsNoise: boolean;
  /** Whether it ends at the x0 that its last step predicts, whatever `setAlphaToOne` is. */
  readonly endsAtX0: boolean;
  /** Most steps over a schedule of `timesteps`, where there are fewer of them than `ddimTimesteps` can give. */
  readonly mostSteps?: (timesteps: number) => number;
  /** From xT to x0. */
  readonly sample: (run: DdimRun) => Promise<Float32Array>;
}

const oncePerStep = (steps: number): number => steps;

export const samplers = {
  ddim: {
    title: 'DDIM',
    evaluations: oncePerStep,
    takesEta: true,
    addsNoise: false,
    endsAtX0: false,
    sample: sampleDdim,
  },
  'dpm-solver++': {
    title: 'DPM-Solver++(2M)',
    evaluations: oncePerStep,
    takesEta: false,
    addsNoise: false,
    endsAtX0: false,
    sample: sampleDpmSolver,
  },
  heun: {
    title: 'Heun',
    evaluations: (steps) => 2 * steps - 1,
    takesEta: false,
    addsNoise: false,
    endsAtX0: false,
    sample: sampleHeun,
  },
  ancestral: {
    title: 'ancestral',
    evaluations: oncePerStep,
    takesEta: false,
    addsNoise: true,
    endsAtX0: true,
    sample: sampleAncestral,
  },
  lcm: {
    title: 'LCM',
    evaluations: oncePerStep,
    takesEta: false,
    addsNoise: true,
    endsAtX0: true,
    mostSteps: mostLcmSteps,
    sample: sampleLcm,
  },
} as const satisfies Readonly<Record<string, SamplerSpec>>;

export type SamplerName = keyof typeof samplers;

/** What samples where a configuration names no sampler. */
export const usualSampler = 'ddim' satisfies SamplerName;

/** Most steps that the sampler takes over a schedule of `timesteps`; undefined where `ddimTimesteps` alone decides. */
export function mostStepsOf(sampler: SamplerName, timesteps: number): number | undefined {
  const spec: SamplerSpec = samplers[sampler];
  return spec.mostSteps?.(timesteps);
}

/** How often the network is asked for one sample; guidance asks twice as often. */
export function functionEvaluations(sampler: SamplerName, steps: number): number {
  return samplers[sampler].evaluations(steps);
}
