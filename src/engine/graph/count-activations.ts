// Memory of a traced graph's activations: the most that is alive at once when nodes run in their order and every
// tensor is freed after its last use. Weights, constants and inputs are not counted; reshapes share their memory.
import type { Graph } from './ir.ts';
import { byNode, bytesOf, lifetimes } from './lifetimes.ts';

/** Bytes of the peak. What an execution provider needs beside it (workspaces, packed weights) comes on top. */
export function peakActivationBytes(graph: Graph): number {
  const { owners, lastUse } = lifetimes(graph);
  const freedAt = byNode(lastUse);
  let [alive, peak] = [0, 0];
  for (const [at, node] of graph.nodes.entries()) {
    for (const output of node.outputs) if (owners.get(output) === output) alive += bytesOf(output);
    peak = Math.max(peak, alive);
    for (const value of freedAt.get(at) ?? []) alive -= bytesOf(value);
  }
  return peak;
}
