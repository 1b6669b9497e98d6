// Records nodes. Identical nodes are recorded once (common-subexpression reuse) and constants are shared by
// content; `finish` keeps only what the outputs need.
import { elements, sameShape } from './ir.ts';
import { pruneGraph } from './prune.ts';
import type {
  Attributes,
  ConstantData,
  Graph,
  IrArray,
  IrDType,
  NamedValue,
  Node,
  OpDomain,
  Value,
} from './ir.ts';

export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: IrDType;
}

export interface GraphOptions {
  /** Channels per block of the runtime's blocked convolution layout (domain com.microsoft.nchwc); 0: do not use it. */
  readonly blockedChannels: number;
  /** Whether the batch size may be part of the graph where that is faster. */
  readonly fixedBatch: boolean;
  /** Whether sines and cosines are polynomials, for devices whose own are rough. */
  readonly polynomialAngles?: boolean;
}

export class GraphBuilder {
  readonly options: GraphOptions;
  #nextId = 0;
  readonly #nodes: Node[] = [];
  readonly #inputs: NamedValue[] = [];
  readonly #constants = new Map<Value, ConstantData>();
  readonly #weights: NamedValue[] = [];
  readonly #producers = new Map<Value, Node>();
  /** Values that are outputs of the graph already. */
  readonly #outputs = new Set<Value>();
  readonly #nodesByKey = new Map<string, Node>();
  readonly #constantsByKey = new Map<string, Value>();

  constructor(options: GraphOptions = { blockedChannels: 0, fixedBatch: false }) {
    this.options = options;
  }

  input(name: string, spec: OutputSpec): Value {
    const value = this.#value(spec);
    this.#inputs.push({ name, value });
    return value;
  }

  /** A constant; arrays of up to 4,096 elements are shared by content, uniform ones are kept as one number. */
  constant(data: IrArray, spec: OutputSpec): Value {
    const first = data[0];
    if (data.length > 1 && typeof first === 'number' && isUniform(data, first)) return this.fill(first, spec);
    if (data.length === 1 && spec.dtype !== 'int64') return this.fill(Number(first), spec);
    const key = data.length > 4096 ? undefined : `${spec.dtype}[${spec.shape.join()}]${data.join()}`;
    return this.#shared(key, spec, { kind: 'array', data });
  }

  /** A constant that has a name. */
  weight(name: string, data: IrArray, spec: OutputSpec): Value {
    const value = this.constant(data, spec);
    this.#weights.push({ name, value });
    return value;
  }

  /** A constant with the same number everywhere. */
  fill(value: number, spec: OutputSpec): Value {
    const id = Object.is(value, -0) ? '-0' : String(value);
    return this.#shared(`${spec.dtype}[${spec.shape.join()}]=${id}`, spec, { kind: 'uniform', value });
  }

  /** A constant whose content is not at hand, for graphs that are only looked at. */
  absentConstant(spec: OutputSpec): Value {
    return this.#shared(undefined, spec, {
      kind: 'array',
      get data(): IrArray {
        throw new Error(`the content of a constant [${spec.shape.join()}] is not at hand`);
      },
    });
  }

  /** Records a node and returns its outputs; an identical earlier node is returned instead. */
  node(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly OutputSpec[],
    attributes: Attributes = {},
    domain: OpDomain = '',
  ): Value[] {
    const key = `${domain}:${op}(${inputs.map((v) => v?.id ?? '_').join()})${JSON.stringify(attributes)}${outputs
      .map((o) => `${o.dtype}[${o.shape.join()}]`)
      .join()}`;
    const known = this.#nodesByKey.get(key);
    if (known !== undefined) return [...known.outputs];
    const node: Node = { op, domain, inputs, outputs: outputs.map((spec) => this.#value(spec)), attributes };
    this.#nodes.push(node);
    this.#nodesByKey.set(key, node);
    for (const output of node.outputs) this.#producers.set(output, node);
    return [...node.outputs];
  }

  /** A node with one output. */
  op(
    op: string,
    inputs: readonly (Value | null)[],
    output: OutputSpec,
    attributes: Attributes = {},
    domain: OpDomain = '',
  ): Value {
    return this.node(op, inputs, [output], attributes, domain)[0]!;
  }

  /** `value` as an output of the graph: itself where a node makes it and no other output has it, else a copy. */
  copy(value: Value): Value {
    if (this.#producers.has(value) && !this.#outputs.has(value)) {
      this.#outputs.add(value);
      return value;
    }
    const node: Node = {
      op: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [this.#value(value)],
      attributes: {},
    };
    this.#nodes.push(node);
    return node.outputs[0]!;
  }

  /** The node that makes `value` when it is a `op` node. */
  producer(value: Value, op: string): Node | undefined {
    const node = this.#producers.get(value);
    return node?.op === op ? node : undefined;
  }

  /** The number that `value` holds everywhere, if it is a uniform constant. */
  uniform(value: Value): number | undefined {
    const data = this.#constants.get(value);
    return data?.kind === 'uniform' ? data.value : undefined;
  }

  /** Whether `value` is a constant, or one in another shape. */
  isConstant(value: Value): boolean {
    const reshaped = this.producer(value, 'Reshape')?.inputs[0];
    return this.#constants.has(reshaped ?? value);
  }

  /** The content of a constant, materialised; undefined for computed values. */
  constantData(value: Value): IrArray | undefined {
    const data = this.#constants.get(value);
    return data === undefined ? undefined : materialize(value, data);
  }

  finish(outputs: readonly NamedValue[]): Graph {
    return pruneGraph({
      ...{ inputs: this.#inputs, outputs },
      ...{ constants: this.#constants, weights: this.#weights, nodes: this.#nodes },
    });
  }

  #value(spec: OutputSpec): Value {
    return { id: this.#nextId++, shape: [...spec.shape], dtype: spec.dtype };
  }

  #shared(key: string | undefined, spec: OutputSpec, data: ConstantData): Value {
    const known = key === undefined ? undefined : this.#constantsByKey.get(key);
    if (known !== undefined && sameShape(known.shape, spec.shape)) return known;
    const value = this.#value(spec);
    this.#constants.set(value, data);
    if (key !== undefined) this.#constantsByKey.set(key, value);
    return value;
  }
}

/** Whether all elements are `first`; a plain loop, for arrays as large as a batch of images. */
function isUniform(data: IrArray, first: number): boolean {
  for (let i = 1; i < data.length; i++) if (data[i] !== first) return false;
  return true;
}

/** The full array of a constant. */
export function materialize(value: Value, data: ConstantData): IrArray {
  if (data.kind === 'array') return data.data;
  const n = elements(value.shape);
  switch (value.dtype) {
    case 'float32':
      return new Float32Array(n).fill(data.value);
    case 'int32':
      return new Int32Array(n).fill(data.value);
    case 'bool':
    case 'uint8':
      return new Uint8Array(n).fill(data.value);
    case 'int8':
      return new Int8Array(n).fill(data.value);
    case 'int64':
      return new BigInt64Array(n).fill(BigInt(data.value));
  }
}
