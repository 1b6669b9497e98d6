// Parameters by name. One list of specs drives initialisation, strict loading and counting; names and layouts
// are PyTorch's state-dict ones (conv OIHW, linear [out, in]), so public checkpoints load by name.
import type { Tensor } from '@tensorflow/tfjs-core';

/** How a parameter starts (PyTorch's defaults): `uniform` draws from [-bound, bound). */
export type Init =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly std: number };

export interface ParamSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
}

/** Tensors by full parameter name. */
export type Params = Readonly<Record<string, Tensor>>;

/** The parameter `name`; a missing one is a bug in a spec, named. */
export function param(params: Params, name: string): Tensor {
  const tensor = params[name];
  if (tensor === undefined) throw new Error(`parameter ${name} is missing`);
  return tensor;
}

/** The parameters whose names start with `prefix`, named without it. */
export function paramsUnder(params: Params, prefix: string): Params {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** Conv2d [out, in/groups, k, k] and bias with PyTorch's default init, U(+-1/sqrt(fan_in)). */
export function convSpec(
  name: string,
  inC: number,
  outC: number,
  k: number,
  options: { zero?: boolean } = {},
): ParamSpec[] {
  const init: Init = options.zero
    ? { kind: 'zeros' }
    : { kind: 'uniform', bound: 1 / Math.sqrt(inC * k * k) };
  return [
    { name: `${name}.weight`, shape: [outC, inC, k, k], init },
    { name: `${name}.bias`, shape: [outC], init },
  ];
}

/** Linear [out, in] (and bias [out]) with PyTorch's default init. */
export function linearSpec(
  name: string,
  inC: number,
  outC: number,
  options: { bias?: boolean; zero?: boolean } = {},
): ParamSpec[] {
  const init: Init = options.zero ? { kind: 'zeros' } : { kind: 'uniform', bound: 1 / Math.sqrt(inC) };
  const weight: ParamSpec = { name: `${name}.weight`, shape: [outC, inC], init };
  return options.bias === false ? [weight] : [weight, { name: `${name}.bias`, shape: [outC], init }];
}

/** Affine norm: weight 1, bias 0, both [channels]. */
export function normSpec(name: string, channels: number): ParamSpec[] {
  return [
    { name: `${name}.weight`, shape: [channels], init: { kind: 'ones' } },
    { name: `${name}.bias`, shape: [channels], init: { kind: 'zeros' } },
  ];
}
