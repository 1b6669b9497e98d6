// What consistency distillation asks of a batch beside the noised latents: factors of the boundary condition, and the
// timesteps one step of the teacher's solver below.
import type { ConsistencyBatch, Level } from '../../distill/consistency.ts';
import { forwardCoefficients } from '../../diffusion/forward-process.ts';
import { boundary, solverStep } from '../../diffusion/lcm.ts';
import type { Schedule } from '../../diffusion/schedule.ts';
import type { HostTensors, Tensors, TensorSpecs } from '../../engine/engine.ts';

/** Names of the members of a level; those of `now` are the noised batch's own. */
const prefixes = { now: '', previous: 'previous/' } as const;
const members = ['timesteps', 'sqrtAlphaBar', 'sqrtOneMinusAlphaBar', 'skip', 'out'] as const;

/** Of `samples` latents, each float32 [samples]. */
export function levelSpecs(samples: number): TensorSpecs {
  return named(() => ({ shape: [samples], dtype: 'float32' }));
}

/** The levels of samples whose steps of the solver are `steps`, counted from its lowest timestep. */
export function levelInputs(schedule: Schedule, steps: readonly number[]): HostTensors {
  const taken = steps.map((step) => solverStep(schedule, step));
  const [now, previous] = [taken.map(({ timestep }) => timestep), taken.map(({ previous }) => previous)];
  const levels = { now: levelOf(schedule, now), previous: levelOf(schedule, previous) };
  return named((end, member) => ({ shape: [steps.length], dtype: 'float32', data: levels[end][member] }));
}

/** The batch in the inputs of a program. */
export function consistencyBatchOf(inputs: Tensors): ConsistencyBatch {
  const level = (end: keyof typeof prefixes): Level => {
    const of = (member: (typeof members)[number]) => inputs[prefixes[end] + member]!;
    return {
      timesteps: of('timesteps'),
      sqrtAlphaBar: of('sqrtAlphaBar'),
      sqrtOneMinusAlphaBar: of('sqrtOneMinusAlphaBar'),
      skip: of('skip'),
      out: of('out'),
    };
  };
  return { x0: inputs['x0']!, epsilon: inputs['epsilon']!, now: level('now'), previous: level('previous') };
}

function levelOf(schedule: Schedule, timesteps: readonly number[]) {
  const kept = timesteps.map(boundary);
  return {
    timesteps: Float32Array.from(timesteps),
    ...forwardCoefficients(schedule, timesteps),
    skip: Float32Array.from(kept, ({ skip }) => skip),
    out: Float32Array.from(kept, ({ out }) => out),
  };
}

function named<T>(
  make: (end: keyof typeof prefixes, member: (typeof members)[number]) => T,
): Record<string, T> {
  const ends = Object.keys(prefixes) as (keyof typeof prefixes)[];
  return Object.fromEntries(
    ends.flatMap((end) => members.map((member) => [prefixes[end] + member, make(end, member)])),
  );
}
