// From where to where the values of a graph are needed when its nodes run in their order, and how large they are.
import { elements, type Graph, type IrDType, type Value } from './ir.ts';

const bytesPerElement: Readonly<Record<IrDType, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  int64: 8,
  int8: 1,
  uint8: 1,
};

/** Operators whose output is their input's memory. */
const views: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);

export function bytesOf({ shape, dtype }: Value): number {
  return elements(shape) * bytesPerElement[dtype];
}

/** The computed values of a graph that have memory of their own, and the last node that reads each, views included. */
export function lifetimes({ nodes, outputs }: Pick<Graph, 'nodes' | 'outputs'>): {
  /** By value, also of views: the value whose memory it is. */
  readonly owners: ReadonlyMap<Value, Value>;
  /** By owner; the number of nodes for what outlives them all. */
  readonly lastUse: ReadonlyMap<Value, number>;
} {
  const owners = new Map<Value, Value>();
  const lastUse = new Map<Value, number>();
  for (const [at, node] of nodes.entries()) {
    const viewed = views.has(node.op) && node.inputs[0] ? owners.get(node.inputs[0]) : undefined;
    for (const output of node.outputs) owners.set(output, viewed ?? output);
    for (const value of [...node.inputs, ...node.outputs]) {
      const owner = value && owners.get(value);
      if (owner) lastUse.set(owner, at);
    }
  }
  for (const { value } of outputs) {
    const owner = owners.get(value);
    if (owner) lastUse.set(owner, nodes.length);
  }
  return { owners, lastUse };
}

/** The values by the node after which they are gone. */
export function byNode(times: ReadonlyMap<Value, number>): Map<number, Value[]> {
  const found = new Map<number, Value[]>();
  for (const [value, at] of times) {
    const list = found.get(at);
    if (list === undefined) found.set(at, [value]);
    else list.push(value);
  }
  return found;
}
