// Dead code: what no output needs.
import type { Graph, Value } from './ir.ts';

/** `graph` without the nodes and constants that its outputs do not need. Its inputs stay, needed or not. */
export function pruneGraph({ inputs, outputs, constants, weights, nodes }: Graph): Graph {
  const needed = new Set<Value | null>(outputs.map(({ value }) => value));
  const kept = nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((value) => needed.has(value));
    if (isNeeded) for (const value of node.inputs) needed.add(value);
    return isNeeded;
  });
  return {
    inputs,
    outputs,
    constants: new Map([...constants].filter(([value]) => needed.has(value))),
    ...(weights && { weights: weights.filter(({ value }) => needed.has(value)) }),
    nodes: kept.reverse(),
  };
}
