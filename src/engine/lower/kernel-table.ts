// A lowering turns one TF.js kernel call into graph nodes. Tables of them, by kernel name, make the backend.
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/ir.ts';

export type KernelInputs = Readonly<Record<string, Value>>;

export type Lowering = (
  b: GraphBuilder,
  inputs: KernelInputs,
  attrs: Readonly<Record<string, unknown>>,
) => Value | Value[];

export type KernelTable = Readonly<Record<string, Lowering>>;

/** Input `name` of a kernel call. */
export function input(inputs: KernelInputs, name: string): Value {
  const value = inputs[name];
  if (value === undefined) throw new Error(`kernel input ${name} is missing`);
  return value;
}

/** The list inputs '0', '1', ... of kernels such as Concat, in order. */
export function listInputs(inputs: KernelInputs): Value[] {
  return Object.keys(inputs)
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => input(inputs, name));
}

/** Attribute as an axis list, negative axes resolved; all axes where none are given. */
export function axesOf(attribute: unknown, rank: number): number[] {
  if (attribute === undefined || attribute === null) return Array.from({ length: rank }, (_, axis) => axis);
  const axes = typeof attribute === 'number' ? [attribute] : (attribute as number[]);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}
