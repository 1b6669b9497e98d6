// Convolutions on integers: activations of 8 bits in ranges that were measured before, filters of 7 bits with a scale for
// each output channel, sums of 32 bits. Of 7 bits, for then the products of neighbours fit 16 bits, and processors with and
// without instructions for such products give the same bytes; sums of integers do not depend on their order either.
// What is not a convolution stays float32.
import { InvariantError } from '../../errors.ts';
import type { Int8Layers, QuantizedRange } from '../layer-treatment.ts';
import { newValues } from './new-values.ts';
import { pruneGraph } from './prune.ts';
import {
  elementTypes,
  type ConstantData,
  type Graph,
  type IrDType,
  type NamedValue,
  type Node,
  type Value,
} from './ir.ts';

/** Beginnings of the names of outputs that show what a layer takes and gives. */
const observedPrefixes = { input: 'taken by ', output: 'given by ' } as const;
type Side = keyof typeof observedPrefixes;

/** The layer that the output `name` shows; undefined for other outputs. */
export function layerBehind(name: string): { readonly layer: string; readonly side: Side } | undefined {
  for (const side of ['input', 'output'] as const) {
    const prefix = observedPrefixes[side];
    if (name.startsWith(prefix)) return { layer: name.slice(prefix.length), side };
  }
  return undefined;
}

/** Largest magnitude of a quantized weight. */
const largestWeight = 63;
/** No channel's scale is below this share of the largest, so that its bias fits 32 bits in steps of it. */
const leastScale = 1e-4;

/** float32 filters [outputs, ...] as integers, and the scale of each output channel. */
export function quantizedFilter(
  filter: Float32Array,
  outputs: number,
): { readonly integers: Int8Array; readonly scales: Float32Array } {
  const length = filter.length / outputs;
  const largest = Float32Array.from({ length: outputs }, (_, o) =>
    filter.subarray(o * length, (o + 1) * length).reduce((most, w) => Math.max(most, Math.abs(w)), 0),
  );
  const floor = leastScale * largest.reduce((a, b) => Math.max(a, b), 0) || 1; // filters of zeros have any scale
  const scales = largest.map((most) => Math.max(most, floor) / largestWeight);
  return {
    integers: Int8Array.from(filter, (w, i) => Math.round(w / scales[Math.floor(i / length)]!)),
    scales,
  };
}

interface Weight {
  readonly data: { readonly length: number; readonly byteLength: number };
  readonly shape: readonly number[];
}

/** Bytes of weights as float32, and with the filters of `layers` as integers, their scales included. */
export function quantizedBytes(
  weights: Readonly<Record<string, Weight>>,
  layers: Int8Layers,
): { readonly float32: number; readonly int8: number } {
  let [float32, int8] = [0, 0];
  for (const [name, { data, shape }] of Object.entries(weights)) {
    float32 += data.byteLength;
    int8 += name in layers ? data.length + shape[0]! * Float32Array.BYTES_PER_ELEMENT : data.byteLength;
  }
  return { float32, int8 };
}

/**
 * The convolutions that can be computed on integers, by the names of their filters, which are named constants or inputs
 * and have no other use. Those with one tap are none of them: bringing numbers to integers and back costs what they save.
 */
export function convolutionsOf(graph: Graph): ReadonlyMap<string, Node> {
  const uses = new Map<Value, number>();
  for (const { inputs } of graph.nodes)
    for (const value of inputs) if (value !== null) uses.set(value, (uses.get(value) ?? 0) + 1);
  const names = new Map([...graph.inputs, ...(graph.weights ?? [])].map(({ name, value }) => [value, name]));
  const found = new Map<string, Node>();
  for (const node of graph.nodes) {
    const [x, filter] = node.inputs;
    if (node.op !== 'Conv' || node.domain !== '' || x?.dtype !== 'float32' || !filter) continue;
    const name = names.get(filter);
    const [, , height, width] = filter.shape as [number, number, number, number];
    if (name !== undefined && uses.get(filter) === 1 && height * width > 1) found.set(name, node);
  }
  return found;
}

/** `graph` whose outputs are also what its convolutions take and give; `outputName` makes names of outputs. */
export function observed(graph: Graph, outputName: (name: string) => string): Graph {
  const outputs: NamedValue[] = [...graph.outputs];
  const nodes: Node[] = [...graph.nodes];
  const freshValue = newValues(graph);
  for (const [name, node] of convolutionsOf(graph)) {
    for (const [side, value] of [
      ['input', node.inputs[0]!],
      ['output', node.outputs[0]!],
    ] as const) {
      // A copy, for what is an output of the graph already has a name.
      const copy = freshValue(value.shape, value.dtype);
      nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [copy], attributes: {} });
      outputs.push({ name: outputName(observedPrefixes[side] + name), value: copy });
    }
  }
  return { ...graph, nodes, outputs };
}

/**
 * `graph` with `layers` computed on integers. Their filters are int8 constants then, or int8 inputs of the same name where
 * they are inputs. `filterOf` tells the numbers of a filter. Throws InvariantError for a layer that the graph does not have.
 */
export function onIntegers(
  graph: Graph,
  layers: Int8Layers,
  filterOf: (name: string, value: Value) => Float32Array,
): Graph {
  const convolutions = convolutionsOf(graph);
  const absent = Object.keys(layers).find((name) => !convolutions.has(name));
  if (absent !== undefined) throw new InvariantError(`there is no convolution ${absent} to quantize`);
  const names = new Map(Object.keys(layers).map((name) => [convolutions.get(name), name]));
  const constants = new Map<Value, ConstantData>(graph.constants);
  const freshValue = newValues(graph);
  const constant = (shape: readonly number[], dtype: IrDType, data: ConstantData): Value => {
    const value = freshValue(shape, dtype);
    constants.set(value, data);
    return value;
  };
  const integerFilters = new Map<Value, Value>();
  const nodes: Node[] = [];
  const op = (
    name: string,
    inputs: Node['inputs'],
    output: Value,
    attributes: Node['attributes'] = {},
  ): Value => {
    nodes.push({ op: name, domain: '', inputs, outputs: [output], attributes });
    return output;
  };
  for (const node of graph.nodes) {
    const name = names.get(node);
    if (name === undefined) {
      nodes.push(node);
      continue;
    }
    const [x, filter, bias] = node.inputs as readonly [Value, Value, Value?];
    const [y] = node.outputs as readonly [Value];
    const outputs = filter.shape[0]!;
    const { integers, scales } = quantizedFilter(filterOf(name, filter), outputs);
    const integerFilter = graph.constants.has(filter)
      ? constant(filter.shape, 'int8', { kind: 'array', data: integers })
      : freshValue(filter.shape, 'int8');
    integerFilters.set(filter, integerFilter);
    const range = ({ scale, zeroPoint }: QuantizedRange): readonly [Value, Value] => [
      constant([], 'float32', { kind: 'uniform', value: scale }),
      constant([], 'uint8', { kind: 'uniform', value: zeroPoint }),
    ];
    const { input, output } = layers[name]!;
    const [from, to] = [range(input), range(output)];
    const perChannel = [outputs];
    const filterRange = [
      constant(perChannel, 'float32', { kind: 'array', data: scales }),
      constant(perChannel, 'int8', { kind: 'uniform', value: 0 }),
    ];
    const steps =
      bias &&
      biasInSteps(
        bias,
        scales.map((scale) => scale * input.scale),
      );
    const taken = op('QuantizeLinear', [x, ...from], freshValue(x.shape, 'uint8'));
    const given = op(
      'QLinearConv',
      [taken, ...from, integerFilter, ...filterRange, ...to, ...(steps ? [steps] : [])],
      freshValue(y.shape, 'uint8'),
      node.attributes,
    );
    op('DequantizeLinear', [given, ...to], y);
  }
  const replaced = (named: NamedValue): NamedValue => ({
    ...named,
    value: integerFilters.get(named.value) ?? named.value,
  });
  return pruneGraph({
    inputs: graph.inputs.map(replaced),
    outputs: graph.outputs,
    constants,
    weights: (graph.weights ?? []).map(replaced),
    nodes,
  });

  /** The bias as int32, in steps of a product of input and weight. */
  function biasInSteps(bias: Value, steps: Float32Array): Value {
    const scales = constant(bias.shape, 'float32', { kind: 'array', data: steps });
    const ratio = op('Div', [bias, scales], freshValue(bias.shape, 'float32'));
    const whole = op('Round', [ratio], freshValue(bias.shape, 'float32'));
    return op('Cast', [whole], freshValue(bias.shape, 'int32'), { to: elementTypes.int32 });
  }
}
