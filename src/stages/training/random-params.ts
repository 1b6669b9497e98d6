// Starting weights: a function of the seed and each parameter's name.
import type { HostTensors } from '../../engine/engine.ts';
import { initParams } from '../../models/init-params.ts';
import type { ParamSpec } from '../../nn/params.ts';
import { normal, uniform } from '../../rng/noise.ts';

/** Weights of `specs` as training under `seed` starts with them. */
export function randomParams(specs: readonly ParamSpec[], seed: number): HostTensors {
  return initParams(specs, {
    uniform: (name, n) => uniform(seed, `init/${name}`, 0, 0, n),
    normal: (name, n) => normal(seed, `init/${name}`, 0, 0, n),
  });
}
