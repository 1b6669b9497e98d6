// Opens the batch dimension of a traced graph. Traces have static shapes; the same function traced at two batch sizes
// shows which numbers come from the batch. They occur as targets of reshapes only, where 0 (as in the input) and -1
// (what is left) say the same for every batch.
import { sameShape, type ConstantData, type Graph, type Node, type Value } from '../../engine/graph/ir.ts';
import { InvariantError } from '../../errors.ts';

/**
 * `graph` with reshapes that hold for every batch size; `other` is the same function traced at another one. Shapes of
 * values stay those of `graph`. Throws InvariantError where the batch is anywhere else, or the traces differ.
 */
export function openBatch(graph: Graph, other: Graph): Graph {
  if (graph.nodes.length !== other.nodes.length) throw differs('their numbers of nodes');
  const constants = new Map(graph.constants);
  let nextId = 1 + Math.max(...allValues(graph).map(({ id }) => id));
  const nodes = graph.nodes.map((node, at): Node => {
    const twin = other.nodes[at]!;
    const same =
      node.op === twin.op &&
      node.domain === twin.domain &&
      node.inputs.length === twin.inputs.length &&
      JSON.stringify(node.attributes) === JSON.stringify(twin.attributes);
    if (!same) throw differs(`node ${at}, ${node.op}`);
    const varying = node.inputs.flatMap((input, i) => {
      const pair = [input, twin.inputs[i] ?? null] as const;
      return sameConstant(graph, pair[0], other, pair[1]) ? [] : [i];
    });
    if (varying.length === 0) return node;
    if (node.op !== 'Reshape' || varying.join() !== '1')
      throw new InvariantError(`the batch size is in a constant of node ${at}, ${node.op}`);
    const dims = BigInt64Array.from(openDims(node, twin), BigInt);
    const target: Value = { id: nextId++, shape: [dims.length], dtype: 'int64' };
    constants.set(target, { kind: 'array', data: dims });
    return { ...node, inputs: [node.inputs[0]!, target] };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { ...graph, nodes, constants: new Map([...constants].filter(([value]) => used.has(value))) };
}

function allValues(graph: Graph): Value[] {
  return [
    ...graph.inputs.map(({ value }) => value),
    ...graph.constants.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
}

/** The target of a reshape in place of its two static ones. */
function openDims(node: Node, twin: Node): number[] {
  const [shape, otherShape] = [node.outputs[0]!.shape, twin.outputs[0]!.shape];
  const [input, otherInput] = [node.inputs[0]!.shape, twin.inputs[0]!.shape];
  const varying = [...shape.keys()].filter((axis) => shape[axis] !== otherShape[axis]);
  if (varying.length === 1) return shape.map((extent, axis) => (axis === varying[0] ? -1 : extent));
  const keepsFirst = varying[0] === 0 && shape[0] === input[0] && otherShape[0] === otherInput[0];
  if (varying.length === 2 && keepsFirst)
    return shape.map((extent, axis) => (axis === 0 ? 0 : axis === varying[1] ? -1 : extent));
  throw new InvariantError(`a reshape to [${shape.join()}] cannot be said for every batch size`);
}

/** Whether two inputs are the same constant, or both computed. */
function sameConstant(graph: Graph, a: Value | null, other: Graph, b: Value | null): boolean {
  const [x, y] = [a && graph.constants.get(a), b && other.constants.get(b)];
  if (!x || !y) return !x && !y;
  return sameShape(a!.shape, b!.shape) && sameData(x, y);
}

function sameData(a: ConstantData, b: ConstantData): boolean {
  if (a.kind === 'uniform' || b.kind === 'uniform')
    return a.kind === 'uniform' && b.kind === 'uniform' && Object.is(a.value, b.value);
  return a.data.length === b.data.length && a.data.every((x, i) => x === b.data[i]);
}

function differs(what: string): InvariantError {
  return new InvariantError(`traces at two batch sizes differ in more than the batch: ${what}`);
}
