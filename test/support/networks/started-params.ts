// Weights as training starts, but with no layer at zero, which would hide what is before it.
import type { HostTensors } from '../../../src/engine/engine.ts';
import type { ParamSpec } from '../../../src/nn/params.ts';
import { randomParams } from '../../../src/stages/training/random-params.ts';

export function startedParams(specs: readonly ParamSpec[]): HostTensors {
  const drawn = specs.map((spec) =>
    spec.init.kind === 'zeros' ? { ...spec, init: { kind: 'normal' as const, std: 0.1 } } : spec,
  );
  return randomParams(drawn, 5);
}
