// The gate between recording and encoding: a graph that passes is well formed, so that a bug in a lowering shows here,
// with the node's name, and not as a wrong number.
import { InvariantError } from '../../errors.ts';
import { inferShapes } from './infer-shapes.ts';
import { elements, sameShape, type Graph, type NamedValue, type Node, type Value } from './ir.ts';

/**
 * Throws InvariantError unless every value is defined once and before it is used, ids and names are unique, extents
 * are positive integers, constants are as long as their shapes say, and the recorded shapes and dtypes of common
 * operators agree with ONNX's rules (infer-shapes.ts).
 */
export function checkGraph(graph: Graph): void {
  const defined = new Map<number, Value>();
  const define = (value: Value, where: string): void => {
    if (defined.has(value.id)) fail(where, `value ${value.id} is defined twice`);
    checkExtents(value, where);
    defined.set(value.id, value);
  };
  const use = (value: Value, where: string): void => {
    if (defined.get(value.id) !== value) fail(where, `value ${value.id} is used before it is defined`);
  };

  checkNames(graph.inputs, 'input');
  checkNames(graph.outputs, 'output');
  for (const { name, value } of graph.inputs) define(value, `input ${name}`);
  for (const [value, data] of graph.constants) {
    const where = `constant ${value.id}`;
    define(value, where);
    if (data.kind === 'array' && data.data.length !== elements(value.shape))
      fail(where, `${data.data.length} numbers for ${describe(value)}`);
  }
  for (const node of graph.nodes) {
    const where = nodeName(node);
    for (const value of node.inputs) if (value !== null) use(value, where);
    for (const value of node.outputs) define(value, where);
    checkOutputs(node, graph, where);
  }
  for (const { name, value } of graph.outputs) use(value, `output ${name}`);
}

function checkNames(values: readonly NamedValue[], kind: string): void {
  const names = new Set<string>();
  for (const { name } of values) {
    if (names.has(name)) fail(`${kind} ${name}`, 'its name is taken');
    names.add(name);
  }
}

/** Only the int64 vectors that list axes or extents may be empty. */
function checkExtents(value: Value, where: string): void {
  const least = value.dtype === 'int64' && value.shape.length === 1 ? 0 : 1;
  if (!value.shape.every((extent) => Number.isInteger(extent) && extent >= least))
    fail(where, `no shape: ${describe(value)}`);
}

function checkOutputs(node: Node, graph: Graph, where: string): void {
  let expected;
  try {
    expected = inferShapes(node, graph);
  } catch (error) {
    fail(where, `${(error as Error).message}, of ${node.inputs.map(describe).join(' and ')}`);
  }
  for (const [i, output] of node.outputs.entries()) {
    const spec = expected?.[i];
    if (spec === undefined) continue;
    if (spec.dtype !== output.dtype || !sameShape(spec.shape, output.shape))
      fail(
        where,
        `output ${i} is recorded as ${describe(output)}, but ${node.inputs.map(describe).join(' and ')} give ${describe(spec)}`,
      );
  }
}

function nodeName(node: Node): string {
  return `node ${node.op}_${node.outputs[0]?.id ?? '?'}`;
}

function describe(spec: Pick<Value, 'shape' | 'dtype'> | null): string {
  return spec === null ? 'nothing' : `${spec.dtype}[${spec.shape.join()}]`;
}

function fail(where: string, message: string): never {
  throw new InvariantError(`malformed graph, ${where}: ${message}`);
}
