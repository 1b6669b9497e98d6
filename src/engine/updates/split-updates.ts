// Finds what an optimizer does to the state of a graph: pointwise arithmetic on vectors of the state, where each
// operator alone would read and write whole vectors. It is taken out of the graph to run as one loop per vector.
import { elements, sameShape, type Graph, type NamedValue, type Node, type Value } from '../graph/ir.ts';
import { pruneGraph } from '../graph/prune.ts';
import { nameBehind, statePrefix } from '../trace/trace.ts';
import type { Operation, Operand, UpdateLoop } from './update-loop.ts';

/** ONNX operators that a loop can hold, and what they are there. */
const operations: Readonly<Record<string, Operation>> = {
  Add: 'add',
  Sub: 'sub',
  Mul: 'mul',
  Div: 'div',
  Sqrt: 'sqrt',
  Neg: 'neg',
};

export interface PlannedUpdate {
  readonly loop: UpdateLoop;
  /** What the loop's arrays hold: a tensor of the state, replaced in place, or what the graph computes, of any shape. */
  readonly arrays: readonly ({ readonly state: string } | { readonly output: string })[];
  /** Where the loop's scalars come from: inputs or further outputs of the graph, by name. */
  readonly scalars: readonly ({ readonly input: string } | { readonly output: string })[];
}

export interface SplitGraph {
  /** What is left: the updated state is no output of it any more, what the updates need is. */
  readonly graph: Graph;
  readonly updates: readonly PlannedUpdate[];
}

/** Takes the updates out of `graph`, as far as they read nothing but state, scalars and results of what is left. */
export function splitUpdates(graph: Graph): SplitGraph {
  const use = new Uses(graph);
  const groups = connected(pointwise(graph, use), use).filter((group) => isSelfContained(group, use));
  const taken = new Set(groups.flat());
  const left = graph.nodes.filter((node) => !taken.has(node));
  if (taken.size === 0 || left.length === 0) return { graph, updates: [] };
  const made = new Map<Value, string>();
  const updates = groups.map((group) => plan(group, use, made));
  const updated = new Set(groups.flatMap((group) => group.map((node) => node.outputs[0]!)));
  const outputs: NamedValue[] = [
    ...graph.outputs.filter(({ value }) => !updated.has(value)),
    ...[...made].map(([value, name]) => ({ name, value })),
  ];
  const states = [...use.nextStates].flatMap(([next, name]) =>
    updated.has(next) ? use.states.get(name)! : [],
  );
  return { graph: withUsedInputs(pruneGraph({ ...graph, outputs, nodes: left }), states), updates };
}

/** `graph` without inputs that nobody reads, and with `states` in the shapes that they are read in. */
function withUsedInputs(graph: Graph, states: readonly Value[]): Graph {
  const readers = readersOf(graph.nodes);
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const shaped = new Map<Value, Value>(); // a state and its one reshape
  for (const state of states) {
    const [reader, ...others] = readers.get(state) ?? [];
    const result = reader?.op === 'Reshape' && others.length === 0 ? reader.outputs[0]! : undefined;
    if (result && !outputs.has(result)) shaped.set(state, result);
  }
  const dropped = new Set(shaped.values());
  return {
    ...graph,
    inputs: graph.inputs
      .filter(({ value }) => readers.has(value) || outputs.has(value))
      .map(({ name, value }) => ({ name, value: shaped.get(value) ?? value })),
    nodes: graph.nodes.filter((node) => !dropped.has(node.outputs[0]!)),
  };
}

function readersOf(nodes: readonly Node[]): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) for (const value of node.inputs) if (value !== null) append(readers, value, node);
  return readers;
}

function append<K, V>(lists: Map<K, V[]>, key: K, item: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** Who makes and who reads the values of a graph. */
class Uses {
  readonly graph: Graph;
  readonly readers: ReadonlyMap<Value, readonly Node[]>;
  readonly inputNames: ReadonlyMap<Value, string>;
  /** Values that are the next state, by the name of the state. */
  readonly nextStates = new Map<Value, string>();
  /** Values that are outputs of other kinds. */
  readonly results = new Set<Value>();
  /** State tensors as they are read. */
  readonly states: ReadonlyMap<string, Value>;
  readonly #reshapes: ReadonlyMap<Value, Node>;

  constructor(graph: Graph) {
    this.graph = graph;
    this.readers = readersOf(graph.nodes);
    this.#reshapes = new Map(
      graph.nodes.filter(({ op }) => op === 'Reshape').map((node) => [node.outputs[0]!, node]),
    );
    this.inputNames = new Map(graph.inputs.map(({ name, value }) => [value, name]));
    this.states = new Map(
      graph.inputs.flatMap(({ name, value }): [string, Value][] => {
        const state = nameBehind(statePrefix, name);
        return state === undefined ? [] : [[state, value]];
      }),
    );
    for (const { name, value } of graph.outputs) {
      const next = nameBehind(statePrefix, name);
      if (next === undefined) this.results.add(value);
      else this.nextStates.set(value, next.slice(0, -"'".length));
    }
  }

  /** The name of the state that `value` holds as it is read. */
  stateOf(value: Value): string | undefined {
    const name = this.inputNames.get(value);
    return name === undefined ? undefined : nameBehind(statePrefix, name);
  }

  /** The computed value of which `value` is another shape, else `value` itself. */
  beforeReshape(value: Value): Value {
    const source = this.#reshapes.get(value)?.inputs[0];
    const isOutput = source && (this.results.has(source) || this.nextStates.has(source));
    if (!source || isOutput || this.inputNames.has(source) || this.graph.constants.has(source)) return value;
    return this.beforeReshape(source);
  }

  uniform(value: Value): number | undefined {
    const data = this.graph.constants.get(value);
    return data?.kind === 'uniform' ? data.value : undefined;
  }
}

/** Nodes that compute vectors elementwise, for the next state and for nothing else, in the graph's order. */
function pointwise(graph: Graph, use: Uses): Node[] {
  const found = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    const [result] = node.outputs;
    if (result?.dtype !== 'float32' || result.shape.length !== 1 || use.results.has(result)) continue;
    if (node.domain !== '' || operations[node.op] === undefined) continue;
    if (!node.inputs.every((x) => x !== null && (sameShape(x.shape, result.shape) || isScalar(x, use))))
      continue;
    if ((use.readers.get(result) ?? []).every((reader) => found.has(reader))) found.add(node);
  }
  return graph.nodes.filter((node) => found.has(node));
}

function isScalar(value: Value, use: Uses): boolean {
  return elements(value.shape) === 1 || use.uniform(value) !== undefined;
}

/** Nodes in groups that share vectors, those of the state included: what one group writes no other reads. */
function connected(nodes: readonly Node[], use: Uses): Node[][] {
  const parents = new Map<Value, Value>();
  const root = (value: Value): Value => {
    const parent = parents.get(value);
    return parent === undefined ? value : root(parent);
  };
  for (const node of nodes) {
    const result = node.outputs[0]!;
    const replaced = use.nextStates.get(result);
    for (const value of [...node.inputs, replaced === undefined ? null : use.states.get(replaced)!]) {
      if (value === null || isScalar(value, use) || root(value) === root(result)) continue;
      parents.set(root(value), root(result));
    }
  }
  const groups = new Map<Value, Node[]>();
  for (const node of nodes) append(groups, root(node.outputs[0]!), node);
  return [...groups.values()];
}

/** Whether all vectors that a group reads are state that it replaces, or made by nodes that stay and output nowhere. */
function isSelfContained(group: readonly Node[], use: Uses): boolean {
  const own = new Set(group.map((node) => node.outputs[0]!));
  const replaced = new Set([...own].flatMap((value) => use.nextStates.get(value) ?? []));
  return group
    .flatMap((node) => node.inputs)
    .every((value) => {
      if (value === null || own.has(value) || use.uniform(value) !== undefined) return true;
      const state = use.stateOf(value);
      if (state !== undefined) return replaced.has(state);
      if (use.graph.constants.has(value)) return false;
      if (use.inputNames.has(value)) return isScalar(value, use);
      return !use.results.has(value) && !use.nextStates.has(value);
    });
}

/** A group as a loop; outputs that the graph needs for it are added to `made`. */
function plan(group: readonly Node[], use: Uses, made: Map<Value, string>): PlannedUpdate {
  const arrays: PlannedUpdate['arrays'][number][] = [];
  const scalars: PlannedUpdate['scalars'][number][] = [];
  const operands = new Map<Value, Operand>();
  const outputOf = (value: Value): { output: string } => {
    const name = made.get(value) ?? `update/${String(value.id)}`;
    made.set(value, name);
    return { output: name };
  };
  const addArray = (value: Value): Operand => {
    const state = use.stateOf(value);
    const array = state === undefined ? outputOf(use.beforeReshape(value)) : { state };
    return { kind: 'array', index: arrays.push(array) - 1 };
  };
  const addScalar = (value: Value): Operand => {
    const input = use.inputNames.get(value);
    return { kind: 'scalar', index: scalars.push(input === undefined ? outputOf(value) : { input }) - 1 };
  };
  const operandOf = (value: Value): Operand => {
    const uniform = use.uniform(value);
    if (uniform !== undefined) return { kind: 'constant', value: uniform };
    const known = operands.get(value);
    if (known !== undefined) return known;
    const operand = isScalar(value, use) ? addScalar(value) : addArray(value);
    operands.set(value, operand);
    return operand;
  };
  const code: UpdateLoop['code'][number][] = [];
  const stores: UpdateLoop['stores'][number][] = [];
  for (const node of group) {
    const args = node.inputs.map((value) => operandOf(value!));
    const [result] = node.outputs;
    const operand: Operand = {
      kind: 'result',
      index: code.push({ operation: operations[node.op]!, args }) - 1,
    };
    operands.set(result!, operand);
    const replaced = use.nextStates.get(result!);
    if (replaced === undefined) continue;
    const place = operandOf(use.states.get(replaced)!) as Operand & { kind: 'array' };
    stores.push({ array: place.index, from: operand.index });
  }
  const size = elements(group[0]!.outputs[0]!.shape);
  return { loop: { size, arrays: arrays.length, scalars: scalars.length, code, stores }, arrays, scalars };
}
