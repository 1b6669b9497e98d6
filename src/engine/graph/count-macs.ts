// Multiply-adds of a traced graph, in the convention of the paper's tables: convolutions and linear layers count one
// per product and one per output element for a bias; products of two computed tensors (attention) are apart; norms
// and pointwise work are not counted.
import { elements, type Graph, type Node, type Value } from './ir.ts';

export interface MacCounts {
  /** Convolutions and linear layers, biases included. */
  readonly macs: number;
  /** Matrix products of two computed tensors. */
  readonly attentionMacs: number;
}

const layoutOps: ReadonlySet<string> = new Set(['Reshape', 'Transpose', 'Identity', 'Unsqueeze', 'Squeeze']);

/** Counts for one run of `graph`; inputs whose name `isWeight` accepts, and constants, are weights. */
export function countMacs(graph: Graph, isWeight: (inputName: string) => boolean): MacCounts {
  const weights = new Set<Value>(graph.constants.keys());
  for (const { name, value } of graph.inputs) if (isWeight(name)) weights.add(value);
  const linear = new Set<Value>(); // outputs of weighted layers, reshaped or not
  let [macs, attentionMacs] = [0, 0];
  for (const node of graph.nodes) {
    const [first, second] = [node.inputs[0] ?? undefined, node.inputs[1] ?? undefined];
    const output = node.outputs[0]!;
    if (layoutOps.has(node.op) && first !== undefined) {
      if (weights.has(first)) weights.add(output);
      if (linear.has(first)) linear.add(output);
    } else if (first !== undefined && second !== undefined) {
      const products = productsOf(node, first, second);
      const weighted = weights.has(first) || weights.has(second);
      if (products > 0 && weighted) {
        linear.add(output);
        macs += products + (node.inputs.length > 2 ? elements(output.shape) : 0);
      } else if (products > 0) {
        attentionMacs += products;
      } else if (node.op === 'Add' && weighted && (linear.has(first) || linear.has(second))) {
        macs += elements(output.shape); // a bias that was not folded into its layer
      }
    }
  }
  return { macs, attentionMacs };
}

/** Scalar products of a layer or matrix product; 0 for everything else. */
function productsOf(node: Node, first: Value, second: Value): number {
  const outputs = elements(node.outputs[0]!.shape);
  switch (node.op) {
    case 'Conv':
      return outputs * elements(second.shape.slice(1));
    case 'Gemm':
      return outputs * first.shape[node.attributes['transA'] === 1 ? 0 : 1]!;
    case 'MatMul':
      return outputs * first.shape.at(-1)!;
    case 'FusedMatMul':
      return outputs * first.shape.at(node.attributes['transA'] === 1 ? -2 : -1)!;
    default:
      return 0;
  }
}
