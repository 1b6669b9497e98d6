// Graphs that a faulty lowering could record, each with what the check says of it.
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../../src/engine/graph/check.ts';
import type { Attributes, ConstantData, Graph, Node, Value } from '../../../../src/engine/graph/ir.ts';
import { InvariantError } from '../../../../src/errors.ts';

let nextId = 0;

function value(shape: readonly number[], dtype: Value['dtype'] = 'float32'): Value {
  return { id: nextId++, shape, dtype };
}

function node(
  op: string,
  inputs: readonly (Value | null)[],
  output: Value,
  attributes: Attributes = {},
): Node {
  return { op, domain: '', inputs, outputs: [output], attributes };
}

function int64s(...numbers: number[]): [Value, ConstantData] {
  return [value([numbers.length], 'int64'), { kind: 'array', data: BigInt64Array.from(numbers, BigInt) }];
}

/** Inputs and constants are those values that no node makes. */
function graphOf(nodes: readonly Node[], constants: readonly [Value, ConstantData][] = []): Graph {
  const made = new Set<Value>([...nodes.flatMap(({ outputs }) => outputs), ...constants.map(([v]) => v)]);
  const inputs = new Set(nodes.flatMap((n) => n.inputs).filter((v) => v !== null && !made.has(v)));
  return {
    inputs: [...(inputs as Set<Value>)].map((v) => ({ name: `x${v.id}`, value: v })),
    outputs: [{ name: 'y', value: nodes.at(-1)!.outputs[0]! }],
    constants: new Map(constants),
    nodes,
  };
}

/** The check's message, or undefined where the graph passes. */
function verdict(graph: Graph): string | undefined {
  try {
    checkGraph(graph);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(InvariantError);
    return (error as InvariantError).message;
  }
}

/** The same for a graph of one node. */
function nodeVerdict(op: string, inputs: readonly Value[], output: Value, attributes?: Attributes) {
  return verdict(graphOf([node(op, inputs, output, attributes)]));
}

describe('structure', () => {
  const [x, y] = [value([2]), value([2])];
  const exp = node('Exp', [x], y);

  it('passes a sound graph', () => {
    expect(verdict(graphOf([exp, node('Mul', [x, y], value([2]))]))).toBeUndefined();
  });

  it('refuses a value used before it is defined', () => {
    expect(verdict({ ...graphOf([exp]), inputs: [] })).toContain('used before it is defined');
    const swapped = graphOf([exp, node('Log', [y], value([2]))]);
    expect(verdict({ ...swapped, nodes: swapped.nodes.toReversed() })).toContain(
      `value ${y.id} is used before`,
    );
  });

  it('refuses an output that nothing makes', () => {
    expect(verdict({ ...graphOf([exp]), outputs: [{ name: 'z', value: value([2]) }] })).toContain('output z');
  });

  it('refuses an id taken twice, also by another value', () => {
    expect(verdict(graphOf([exp, node('Log', [x], y)]))).toContain('is defined twice');
    expect(verdict(graphOf([exp, node('Log', [x], { ...value([2]), id: x.id })]))).toContain(
      'is defined twice',
    );
  });

  it('refuses output names taken twice', () => {
    const outputs = [
      { name: 'y', value: y },
      { name: 'y', value: x },
    ];
    expect(verdict({ ...graphOf([exp]), outputs })).toContain('output y: its name is taken');
  });

  it.each([[[0]], [[-1, 2]], [[1.5]], [[NaN]]])('refuses the shape %j', (shape) => {
    expect(nodeVerdict('Identity', [value(shape)], value(shape))).toContain('no shape');
  });

  it('refuses a constant of the wrong length', () => {
    const short: [Value, ConstantData] = [value([3]), { kind: 'array', data: Float32Array.of(1, 2) }];
    expect(verdict(graphOf([node('Exp', [short[0]], value([3]))], [short]))).toContain(
      '2 numbers for float32[3]',
    );
  });

  it('leaves operators that it does not know alone', () => {
    expect(nodeVerdict('SomethingNew', [value([2])], value([7, 7]))).toBeUndefined();
  });
});

describe('shapes and dtypes', () => {
  const bool = (...shape: number[]): Value => value(shape, 'bool');
  const int = (...shape: number[]): Value => value(shape, 'int32');
  const f = (...shape: number[]): Value => value(shape);

  it.each<[string, Value[], wrong: Value, right: Value, Attributes?]>([
    ['Add', [f(2, 1, 3), f(4, 1)], f(2, 3), f(2, 4, 3)],
    ['Mul', [f(2), f(2)], int(2), f(2)],
    ['Greater', [f(2), f()], f(2), bool(2)],
    ['Where', [bool(2, 1), f(3), f()], f(2, 1), f(2, 3)],
    ['Exp', [f(2)], f(3), f(2)],
    ['Cast', [f(2)], f(2), int(2), { to: 6 }],
    ['Transpose', [f(2, 3, 4)], f(2, 4, 3), f(4, 2, 3), { perm: [2, 0, 1] }],
    ['Concat', [f(2, 3), f(2, 1)], f(2, 3), f(2, 4), { axis: -1 }],
    ['Gather', [f(5, 3), int(2, 2)], f(2, 3), f(2, 2, 3), { axis: 0 }],
    ['ArgMax', [f(2, 3)], value([2, 1], 'int64'), value([2], 'int64'), { axis: 1, keepdims: 0 }],
    [
      'Conv',
      [f(1, 3, 8, 8), f(4, 3, 3, 3), f(4)],
      f(1, 4, 8, 8),
      f(1, 4, 4, 4),
      { strides: [2, 2], pads: [1, 1, 1, 1] },
    ],
    ['Conv', [f(1, 4, 5, 5), f(4, 1, 2, 2)], f(1, 4, 5, 5), f(1, 4, 4, 4), { group: 4 }],
    ['MaxPool', [f(1, 3, 7, 7)], f(1, 3, 4, 4), f(1, 3, 3, 3), { kernel_shape: [3, 3], strides: [2, 2] }],
    ['Gemm', [f(4, 2), f(5, 4), f(5)], f(4, 4), f(2, 5), { transA: 1, transB: 1 }],
    ['MatMul', [f(3, 1, 2, 4), f(5, 4, 6)], f(3, 2, 6), f(3, 5, 2, 6)],
    ['FusedMatMul', [f(3, 2, 4), f(3, 5, 4)], f(3, 2, 4), f(3, 2, 5), { transB: 1, alpha: { float: 2 } }],
  ])('%s', (op, inputs, wrong, right, attributes) => {
    expect(nodeVerdict(op, inputs, right, attributes)).toBeUndefined();
    expect(nodeVerdict(op, inputs, wrong, attributes)).toMatch(/^malformed graph, node .*recorded as/);
  });

  it.each<[string, Value, number[][], wrong: Value, right: Value, Attributes?]>([
    ['Reshape', f(2, 6), [[3, 4]], f(4, 3), f(3, 4)],
    ['Expand', f(3, 1), [[2, 1, 4]], f(3, 4), f(2, 3, 4)],
    ['Tile', f(2, 3), [[2, 1]], f(2, 6), f(4, 3)],
    ['Pad', f(2, 3), [[1, 0, 0, 2]], f(4, 4), f(3, 5)],
    ['Slice', f(9), [[1], [-1], [0], [3]], f(2), f(3)],
    ['Slice', f(4, 5), [[4], [-6], [1], [-1]], f(4, 4), f(4, 5)],
    ['ReduceSum', f(2, 3, 4), [[0, -1]], f(3), f(1, 3, 1), { keepdims: 1 }],
    ['ReduceMax', f(2, 3, 4), [[1]], f(2, 1, 4), f(2, 4), { keepdims: 0 }],
  ])('%s of constants', (op, x, vectors, wrong, right, attributes) => {
    const constants = vectors.map((numbers) => int64s(...numbers));
    const judge = (output: Value) =>
      verdict(graphOf([node(op, [x, ...constants.map(([v]) => v)], output, attributes)], constants));
    expect(judge(right)).toBeUndefined();
    expect(judge(wrong)).toContain('recorded as');
  });

  it.each<[string, Value[], Value, string, Attributes?]>([
    ['Add', [f(2), f(3)], f(3), 'do not broadcast'],
    ['Add', [f(2), int(2)], f(2), 'different dtypes'],
    ['Where', [f(2), f(2), f(2)], f(2), 'wrong dtypes'],
    ['Transpose', [f(2, 3)], f(2, 2), 'no permutation', { perm: [0, 0] }],
    ['Concat', [f(2, 3), f(1, 3)], f(2, 6), 'do not fit', { axis: 1 }],
    ['Conv', [f(1, 3, 8, 8), f(4, 2, 3, 3)], f(1, 4, 6, 6), '2 channels of weights for 3'],
    ['Conv', [f(1, 3, 8, 8), f(4, 3, 3, 3)], f(1, 4, 4, 4), 'negative pads', { pads: [-1, 0, -1, 0] }],
    ['Gemm', [f(2, 3), f(4, 5)], f(2, 5), 'inner extents 3 and 4'],
    ['Gemm', [f(2, 3), f(3, 5), f(2)], f(2, 5), 'do not broadcast'],
  ])('%s refuses operands that do not fit', (op, inputs, output, message, attributes) => {
    expect(nodeVerdict(op, inputs, output, attributes)).toContain(message);
  });

  it('refuses a reshape that loses elements', () => {
    const shape = int64s(5);
    expect(verdict(graphOf([node('Reshape', [f(2, 3), shape[0]], f(5))], [shape]))).toContain('6 elements');
  });
});
