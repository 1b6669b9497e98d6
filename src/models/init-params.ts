// From parameter specs to starting values and counts. Randomness is an argument: the same source gives the same
// weights on every engine.
import { sizeOf, type HostTensor, type HostTensors } from '../engine/engine.ts';
import type { ParamSpec } from '../nn/params.ts';

/** Random draws for the parameter `name`: `n` numbers, of U[0, 1) or of N(0, 1). */
export interface InitSource {
  uniform(name: string, n: number): ArrayLike<number>;
  normal(name: string, n: number): ArrayLike<number>;
}

/** Starting values of all parameters, float32, by name. */
export function initParams(specs: readonly ParamSpec[], source: InitSource): HostTensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, initParam(spec, source)]));
}

function initParam({ name, shape, init }: ParamSpec, source: InitSource): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  if (init.kind === 'ones') data.fill(1);
  if (init.kind === 'uniform') {
    const draws = source.uniform(name, data.length);
    for (let i = 0; i < data.length; i++) data[i] = (2 * (draws[i] ?? NaN) - 1) * init.bound;
  }
  if (init.kind === 'normal') {
    const draws = source.normal(name, data.length);
    for (let i = 0; i < data.length; i++) data[i] = (draws[i] ?? NaN) * init.std;
  }
  return { shape, dtype: 'float32', data };
}

/** Number of scalar parameters. */
export function countParams(specs: readonly ParamSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}
