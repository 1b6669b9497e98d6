// Inputs and outputs of programs: their names in a graph, and tensors in host memory.
import { sizeOf, type HostTensor, type HostTensors } from '../engine.ts';
import type { NamedValue } from '../graph/ir.ts';
import { inputPrefix, nameBehind, statePrefix } from '../trace/trace.ts';
import { bind, type BoundTensor } from './session.ts';

/** The values whose names begin with `prefix`, by the rest of their names. */
export function named(values: readonly NamedValue[], prefix: string): NamedValue[] {
  return values.flatMap(({ name, value }) => {
    const rest = nameBehind(prefix, name);
    return rest === undefined ? [] : [{ name: rest, value }];
  });
}

/** What a graph's inputs read: state, as `stateOf` has it, and `inputs` where they lie. */
export function feedsOf(
  values: readonly NamedValue[],
  inputs: HostTensors,
  stateOf: (name: string) => BoundTensor,
): Record<string, BoundTensor> {
  return Object.fromEntries(
    values.map(({ name, value }) => {
      const state = nameBehind(statePrefix, name);
      const tensor =
        state === undefined ? bind(inputOf(inputs, name).data, value.dtype, value.shape) : stateOf(state);
      return [name, tensor];
    }),
  );
}

/** The input that the graph calls `name`. */
export function inputOf(inputs: HostTensors, name: string): HostTensor {
  return inputs[nameBehind(inputPrefix, name)!]!;
}

/** Throws by name for an input that is missing, or of another dtype or size than the program was compiled for. */
export function checkInputs(expected: readonly NamedValue[], inputs: HostTensors): void {
  for (const { name, value } of expected) {
    const tensor = inputs[name];
    if (tensor === undefined) throw new Error(`input ${name} is missing`);
    if (tensor.dtype !== value.dtype || tensor.data.length !== sizeOf(value.shape)) {
      throw new Error(
        `input ${name} is ${tensor.dtype}[${tensor.shape.join()}], compiled for ${value.dtype}[${value.shape.join()}]`,
      );
    }
  }
}

/** `values` in host memory, where `tensorOf` shows their content. */
export function hostTensors(
  values: readonly NamedValue[],
  tensorOf: (name: string) => BoundTensor,
): HostTensors {
  return Object.fromEntries(
    values.map(({ name, value: { shape, dtype } }) => [
      name,
      {
        shape,
        dtype: dtype as HostTensor['dtype'],
        data: tensorOf(name).data as HostTensor['data'],
      },
    ]),
  );
}
