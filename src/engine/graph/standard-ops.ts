// Replaces ONNX Runtime's own operators by standard ones, so that any ONNX reader runs the graph: the engine's fused
// products become transposes, a product and a scale.
import type { ConstantData, Graph, Node, Value } from './ir.ts';
import { InvariantError } from '../../errors.ts';
import { newValues } from './new-values.ts';

/** The same computation with operators of ai.onnx alone. Throws InvariantError for one that has no replacement here. */
export function standardOps(graph: Graph): Graph {
  const constants = new Map<Value, ConstantData>(graph.constants);
  const freshValue = newValues(graph);
  const valueLike = (shape: readonly number[]): Value => freshValue(shape, 'float32');
  const nodes: Node[] = [];
  const push = (
    op: string,
    inputs: readonly Value[],
    output: Value,
    attributes: Node['attributes'] = {},
  ): Value => {
    nodes.push({ op, domain: '', inputs, outputs: [output], attributes });
    return output;
  };
  /** `value` with its last two axes exchanged, if so. */
  const operand = (value: Value, transposed: boolean): Value => {
    if (!transposed) return value;
    const { shape } = value;
    const rank = shape.length;
    const perm = [...shape.keys()].map((axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    return push('Transpose', [value], valueLike(perm.map((axis) => shape[axis]!)), { perm });
  };
  for (const node of graph.nodes) {
    if (node.domain === '') {
      nodes.push(node);
      continue;
    }
    if (node.op !== 'FusedMatMul')
      throw new InvariantError(`${node.domain}.${node.op} has no replacement among standard operators`);
    const { transA, transB, alpha } = node.attributes as Record<string, unknown>;
    const [a, b] = node.inputs as readonly [Value, Value];
    const [output] = node.outputs as readonly [Value];
    const inputs = [operand(a, transA === 1), operand(b, transB === 1)];
    const factor = (alpha as { float: number } | undefined)?.float ?? 1;
    if (factor === 1) {
      push('MatMul', inputs, output);
      continue;
    }
    const scale = valueLike([]);
    constants.set(scale, { kind: 'uniform', value: factor });
    push('Mul', [push('MatMul', inputs, valueLike(output.shape)), scale], output);
  }
  return { ...graph, constants, nodes };
}
