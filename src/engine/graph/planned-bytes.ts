// Memory that ONNX Runtime's planner asks of the CPU for the tensors of a graph. Unlike count-activations.ts, which frees
// every tensor after its last use, the planner hands a dead tensor's buffer to the next one of the same type and shape,
// and keeps it in between. Values of the graph's outputs can be left out: who runs the graph has room for them.
import type { Graph, NamedValue, Value } from './ir.ts';
import { byNode, bytesOf, lifetimes } from './lifetimes.ts';

/** Bytes of the peak; `elsewhere` are outputs whose memory somebody else has. */
export function plannedBytes(graph: Graph, elsewhere: readonly NamedValue[] = []): number {
  const { nodes } = graph;
  const { owners, lastUse } = lifetimes(graph);
  const apart = new Set(elsewhere.map(({ value }) => owners.get(value)));
  const dying = byNode(lastUse);
  // A buffer, by the value that first lies in it.
  const buffers = new Map<Value, Value>();
  const free = new Map<string, Value[]>();
  const made = new Map<Value, number>();
  const given = new Map<Value, number>();
  for (const [at, node] of nodes.entries()) {
    for (const output of node.outputs) {
      if (owners.get(output) !== output || apart.has(output)) continue;
      const reused = lastUse.get(output) === nodes.length ? undefined : free.get(kindOf(output))?.pop();
      buffers.set(output, reused ?? output);
      if (reused === undefined) made.set(output, at);
    }
    for (const value of dying.get(at) ?? []) {
      const buffer = buffers.get(value);
      if (buffer === undefined) continue;
      given.set(buffer, at);
      const kind = kindOf(buffer);
      free.set(kind, [...(free.get(kind) ?? []), buffer]);
    }
  }
  const freed = byNode(given);
  let [alive, peak] = [0, 0];
  for (const [at, node] of nodes.entries()) {
    for (const output of node.outputs) if (made.get(output) === at) alive += bytesOf(output);
    peak = Math.max(peak, alive);
    for (const buffer of freed.get(at) ?? []) alive -= bytesOf(buffer);
  }
  return peak;
}

function kindOf({ shape, dtype }: Value): string {
  return `${dtype}[${shape.join()}]`;
}
