// Memory of a traced graph's activations: the most that is alive at once when nodes run in their order and every
// tensor is freed after its last use. Weights, constants and inputs are not counted; reshapes share their memory.
import { elements, type Graph, type IrDType, type Value } from './ir.ts';

const bytesPerElement: Readonly<Record<IrDType, number>> = { float32: 4, int32: 4, bool: 1, int64: 8 };

/** Operators whose output is their input's memory. */
const views: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);

/** Bytes of the peak. What an execution provider needs beside it (workspaces, packed weights) comes on top. */
export function peakActivationBytes(graph: Graph): number {
  const owners = new Map<Value, Value>(); // computed values, by the value whose memory they are
  const lastUse = new Map<Value, number>();
  for (const [at, node] of graph.nodes.entries()) {
    const viewed = views.has(node.op) && node.inputs[0] ? owners.get(node.inputs[0]) : undefined;
    for (const output of node.outputs) owners.set(output, viewed ?? output);
    for (const value of [...node.inputs, ...node.outputs]) {
      const owner = value && owners.get(value);
      if (owner) lastUse.set(owner, at);
    }
  }
  for (const { value } of graph.outputs) {
    const owner = owners.get(value);
    if (owner) lastUse.set(owner, graph.nodes.length);
  }
  const freedAt = new Map<number, Value[]>();
  for (const [value, at] of lastUse) freedAt.set(at, [...(freedAt.get(at) ?? []), value]);
  let [alive, peak] = [0, 0];
  for (const [at, node] of graph.nodes.entries()) {
    for (const output of node.outputs) if (owners.get(output) === output) alive += bytesOf(output);
    peak = Math.max(peak, alive);
    for (const value of freedAt.get(at) ?? []) alive -= bytesOf(value);
  }
  return peak;
}

function bytesOf({ shape, dtype }: Value): number {
  return elements(shape) * bytesPerElement[dtype];
}
