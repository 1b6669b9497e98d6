// ONNX's shape and dtype rules, written from the operator specifications (opset 18) and not from the lowerings, so
// that they can judge them. https://onnx.ai/onnx/operators/
import {
  broadcastShapes,
  elements,
  sameShape,
  type Graph,
  type IrDType,
  type Node,
  type Value,
} from './ir.ts';

export interface InferredSpec {
  readonly shape: readonly number[];
  readonly dtype: IrDType;
}

type Rule = (inputs: readonly Value[], node: Node, graph: Graph) => readonly (InferredSpec | undefined)[];

/** Specs of a node's outputs; undefined where no rule is known. Throws Error where the inputs break the rule. */
export function inferShapes(node: Node, graph: Graph): readonly (InferredSpec | undefined)[] | undefined {
  const rule = rules.get(node.op);
  if (rule === undefined || node.inputs[0] === undefined) return undefined;
  return rule(node.inputs as readonly Value[], node, graph); // rules read no input that may be left out
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

/** Integers of a constant; undefined for a computed value. */
function integers(graph: Graph, value: Value | undefined): number[] | undefined {
  const data = value && graph.constants.get(value);
  if (data === undefined) return undefined;
  return data.kind === 'array'
    ? Array.from(data.data, Number)
    : Array<number>(elements(value!.shape)).fill(data.value);
}

function int(node: Node, name: string, fallback: number): number {
  return (node.attributes[name] as number | undefined) ?? fallback;
}

function ints(node: Node, name: string, fallback: readonly number[]): readonly number[] {
  return (node.attributes[name] as readonly number[] | undefined) ?? fallback;
}

function axisOf(node: Node, rank: number, fallback = 0): number {
  const axis = int(node, 'axis', fallback);
  return axis < 0 ? axis + rank : axis;
}

const same: Rule = ([x]) => [x];

const broadcast =
  (dtype?: IrDType): Rule =>
  (inputs) => {
    const [first] = inputs as [Value];
    require(inputs.every((value) => value.dtype === first.dtype), 'operands of different dtypes');
    const shape = inputs.map((value) => value.shape).reduce(broadcastShapes);
    return [{ shape, dtype: dtype ?? first.dtype }];
  };

const where: Rule = ([condition, x, y]) => {
  require(condition!.dtype === 'bool' && x!.dtype === y!.dtype, 'wrong dtypes');
  return [{ shape: broadcastShapes(condition!.shape, broadcastShapes(x!.shape, y!.shape)), dtype: x!.dtype }];
};

/** TensorProto.DataType by number. */
const dtypes = new Map<number, IrDType>([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
]);

const cast: Rule = ([x], node) => [{ shape: x!.shape, dtype: dtypes.get(int(node, 'to', 0)) ?? x!.dtype }];

const reshape: Rule = ([x, target], _, graph) => {
  const shape = integers(graph, target);
  if (shape === undefined) return [];
  require(elements(shape) ===
    elements(x!.shape), `${elements(x!.shape)} elements do not fill [${shape.join()}]`);
  return [{ shape, dtype: x!.dtype }];
};

const expand: Rule = ([x, target], _, graph) => {
  const shape = integers(graph, target);
  return shape === undefined ? [] : [{ shape: broadcastShapes(x!.shape, shape), dtype: x!.dtype }];
};

const tile: Rule = ([x, repeats], _, graph) => {
  const counts = integers(graph, repeats);
  return counts === undefined
    ? []
    : [{ shape: x!.shape.map((extent, i) => extent * counts[i]!), dtype: x!.dtype }];
};

const transpose: Rule = ([x], node) => {
  const perm = ints(node, 'perm', []);
  const axes = [...perm].sort((a, b) => a - b);
  require(sameShape(axes, [...x!.shape.keys()]), `[${perm.join()}] is no permutation of the axes`);
  return [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
};

const concat: Rule = (inputs, node) => {
  const [first] = inputs as [Value];
  const axis = axisOf(node, first.shape.length);
  const rest = (value: Value): number[] => value.shape.map((extent, i) => (i === axis ? 0 : extent));
  for (const value of inputs)
    require(value.dtype === first.dtype && sameShape(rest(value), rest(first)), 'parts do not fit');
  const total = inputs.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return [{ shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype }];
};

/** Parts as long as each other, but for the last, which may be shorter. */
function equalExtents(extent: number, node: Node): number[] {
  const count = int(node, 'num_outputs', node.outputs.length);
  const part = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, i) => Math.min(part, extent - i * part));
}

const split: Rule = ([x, sizes], node, graph) => {
  const axis = axisOf(node, x!.shape.length);
  const extents = sizes === undefined ? equalExtents(x!.shape[axis]!, node) : integers(graph, sizes);
  if (extents === undefined) return [];
  require(extents.reduce((a, b) => a + b, 0) === x!.shape[axis], `parts [${extents.join()}] of axis ${axis}`);
  return extents.map((part) => ({
    shape: x!.shape.map((extent, i) => (i === axis ? part : extent)),
    dtype: x!.dtype,
  }));
};

const slice: Rule = ([x, starts, ends, axes, steps], _, graph) => {
  const [from, to] = [integers(graph, starts), integers(graph, ends)];
  if (from === undefined || to === undefined) return [];
  const along = integers(graph, axes) ?? [...from.keys()];
  const by = integers(graph, steps) ?? from.map(() => 1);
  const shape = [...x!.shape];
  for (const [i, axis] of along.entries()) {
    const [extent, step] = [shape[axis]!, by[i]!];
    const bound = (value: number, low: number, high: number): number =>
      Math.min(Math.max(value < 0 ? value + extent : value, low), high);
    const [begin, end] =
      step > 0
        ? [bound(from[i]!, 0, extent), bound(to[i]!, 0, extent)]
        : [bound(from[i]!, 0, extent - 1), bound(to[i]!, -1, extent - 1)];
    shape[axis] = Math.max(0, Math.ceil((end - begin) / step));
  }
  return [{ shape, dtype: x!.dtype }];
};

const pad: Rule = ([x, amounts], _, graph) => {
  const pads = integers(graph, amounts);
  const rank = x!.shape.length;
  return pads === undefined
    ? []
    : [{ shape: x!.shape.map((extent, i) => extent + pads[i]! + pads[i + rank]!), dtype: x!.dtype }];
};

const gather: Rule = ([x, indices], node) => {
  const axis = axisOf(node, x!.shape.length);
  require(indices!.dtype === 'int32' || indices!.dtype === 'int64', 'indices are no integers');
  return [
    { shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype },
  ];
};

const reduce: Rule = ([x, axes], node, graph) => {
  const along = axes === undefined ? [...x!.shape.keys()] : integers(graph, axes);
  if (along === undefined) return [];
  const rank = x!.shape.length;
  const reduced = new Set(along.map((axis) => (axis < 0 ? axis + rank : axis)));
  require([...reduced].every((axis) => axis >= 0 && axis < rank), `axes [${along.join()}] of rank ${rank}`);
  const keep = int(node, 'keepdims', 1) === 1;
  return [
    {
      shape: x!.shape.flatMap((extent, i) => (reduced.has(i) ? (keep ? [1] : []) : [extent])),
      dtype: x!.dtype,
    },
  ];
};

const argument: Rule = ([x], node) => {
  const axis = axisOf(node, x!.shape.length);
  const keep = int(node, 'keepdims', 1) === 1;
  return [
    { shape: x!.shape.flatMap((extent, i) => (i === axis ? (keep ? [1] : []) : [extent])), dtype: 'int64' },
  ];
};

const conv: Rule = ([x, weight, bias], node) => {
  const [batch, channels, ...space] = x!.shape;
  const [outputs, perGroup, ...kernel] = weight!.shape;
  require(perGroup! * int(node, 'group', 1) ===
    channels, `${perGroup!} channels of weights for ${channels!}`);
  require(sameShape(ints(node, 'kernel_shape', kernel), kernel), 'kernel_shape differs from the weights');
  require(bias === undefined ||
    sameShape(bias.shape, [outputs!]), 'the bias has another length than the output');
  return [{ shape: [batch!, outputs!, ...windows(node, space, kernel)], dtype: x!.dtype }];
};

const pool: Rule = ([x], node) => {
  const [batch, channels, ...space] = x!.shape;
  return [
    { shape: [batch!, channels!, ...windows(node, space, ints(node, 'kernel_shape', []))], dtype: x!.dtype },
  ];
};

/** Extents after a window of `kernel` has slid over `space`, padded. */
function windows(node: Node, space: readonly number[], kernel: readonly number[]): number[] {
  const pads = ints(node, 'pads', Array<number>(2 * space.length).fill(0));
  require(pads.every((amount) => amount >= 0), `negative pads [${pads.join()}]`);
  const [strides, dilations] = [ints(node, 'strides', [1, 1]), ints(node, 'dilations', [1, 1])];
  return space.map((extent, i) => {
    const reach = dilations[i]! * (kernel[i]! - 1) + 1;
    const padded = extent + pads[i]! + pads[i + space.length]!;
    return Math.floor((padded - reach) / strides[i]!) + 1;
  });
}

/** Gemm (2-D, with an optional bias), MatMul and FusedMatMul (batched). */
const product: Rule = ([a, b, bias], node) => {
  if (int(node, 'transBatchA', 0) + int(node, 'transBatchB', 0) > 0) return [];
  const matrix = ({ shape }: Value, transposed: boolean): readonly [number, number] => {
    const [rows, columns] = shape.slice(-2) as [number, number];
    return transposed ? [columns, rows] : [rows, columns];
  };
  require(a!.shape.length >= 2 && b!.shape.length >= 2 && a!.dtype === b!.dtype, 'no matrices of one dtype');
  const [rows, inner] = matrix(a!, int(node, 'transA', 0) === 1);
  const [depth, columns] = matrix(b!, int(node, 'transB', 0) === 1);
  require(inner === depth, `inner extents ${inner} and ${depth}`);
  const shape = [...broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), rows, columns];
  if (bias !== undefined)
    require(sameShape(broadcastShapes(shape, bias.shape), shape), 'the bias does not fit');
  return [{ shape, dtype: a!.dtype }];
};

function table(rule: Rule, ...ops: string[]): [string, Rule][] {
  return ops.map((op) => [op, rule]);
}

const rules: ReadonlyMap<string, Rule> = new Map([
  ...table(broadcast(), 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Max', 'Min', 'And', 'Or', 'Xor'),
  ...table(broadcast('bool'), 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'),
  ...table(
    same,
    'Identity',
    'Not',
    'Abs',
    'Neg',
    'Sign',
    'Sqrt',
    'Reciprocal',
    'Exp',
    'Log',
    'Erf',
    'Sigmoid',
  ),
  ...table(
    same,
    'Tanh',
    'Relu',
    'Elu',
    'Softplus',
    'Sin',
    'Cos',
    'Floor',
    'Ceil',
    'Round',
    'Clip',
    'Softmax',
    'CumSum',
  ),
  ...table(same, 'LayerNormalization', 'QuickGelu'),
  ...table(reduce, 'ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd'),
  ...table(argument, 'ArgMax', 'ArgMin'),
  ...table(product, 'Gemm', 'MatMul', 'FusedMatMul'),
  ...table(pool, 'MaxPool', 'AveragePool'),
  ['Where', where],
  ['Cast', cast],
  ['Reshape', reshape],
  ['Expand', expand],
  ['Tile', tile],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Gather', gather],
  ['Conv', conv],
]);
