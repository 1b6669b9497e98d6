// Graph IR -> ONNX ModelProto bytes (onnx.proto3: field numbers beside each call).
import { materialize } from '../graph/builder.ts';
import {
  elementTypes,
  type Attribute,
  type Graph,
  type IrArray,
  type NamedValue,
  type Node,
  type OpDomain,
  type Value,
} from '../graph/ir.ts';
import { ProtobufWriter } from './protobuf.ts';

/** TensorProto.DataType of weights that the IR does not have. */
const float16 = 10;

const irVersion = 9;
const opsets: Readonly<Record<OpDomain, number>> = { '': 18, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 };

/** Where the bytes of a weight lie in a file beside the model. */
export interface WeightPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** The bytes of a weight, of the dtype that the graph gives it; or as the bits of float16, which the model casts to float32. */
export interface ModelWeight {
  readonly isHalf?: boolean;
  readonly data: Uint8Array | WeightPlace;
}

/** For models that leave the program; the engine's own need none of it. */
export interface EncodeOptions {
  /** Name of the first dimension of every input and output, which is left open; absent: as traced. */
  readonly batchName?: string;
  /** Inputs, by name, that are weights of the model instead. */
  readonly weights?: ReadonlyMap<string, ModelWeight>;
  /** What the model says of itself, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Encodes a graph as a model for ONNX Runtime or any ONNX reader. Inputs and outputs keep their names. */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array {
  const { batchName, weights, metadata = {} } = options;
  const names = valueNames(graph);
  const model = new ProtobufWriter().varint(1, irVersion).string(2, 'sdx');
  model.message(7, (g) => {
    g.string(2, 'sdx');
    for (const { name } of graph.inputs)
      if (weights?.get(name)?.isHalf)
        g.message(1, (w) => {
          writeCastToFloat32(w, halfName(name), name);
        });
    for (const node of graph.nodes)
      g.message(1, (w) => {
        writeNode(w, node, names);
      });
    for (const [value, data] of graph.constants) {
      g.message(5, (w) => {
        writeTensor(w, nameOf(names, value), value, materialize(value, data));
      });
    }
    for (const input of graph.inputs) {
      const weight = weights?.get(input.name);
      if (weight === undefined)
        g.message(11, (w) => {
          writeValueInfo(w, input, batchName);
        });
      else
        g.message(5, (w) => {
          writeWeight(w, input, weight);
        });
    }
    for (const output of graph.outputs)
      g.message(12, (w) => {
        writeValueInfo(w, output, batchName);
      });
  });
  for (const domain of new Set<OpDomain>(['', ...graph.nodes.map((node) => node.domain)])) {
    model.message(8, (w) => w.string(1, domain).varint(2, opsets[domain]));
  }
  for (const [key, text] of Object.entries(metadata))
    model.message(14, (entry) => entry.string(1, key).string(2, text));
  return model.finish();
}

function valueNames(graph: Graph): Map<Value, string> {
  const names = new Map<Value, string>();
  for (const { name, value } of graph.inputs) names.set(value, name);
  for (const { name, value } of graph.outputs) names.set(value, name);
  return names;
}

function nameOf(names: Map<Value, string>, value: Value): string {
  return names.get(value) ?? `v${value.id}`;
}

function writeNode(w: ProtobufWriter, node: Node, names: Map<Value, string>): void {
  for (const input of node.inputs) w.string(1, input === null ? '' : nameOf(names, input));
  for (const output of node.outputs) w.string(2, nameOf(names, output));
  w.string(3, `${node.op}_${node.outputs[0]?.id ?? ''}`).string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    w.message(5, (a) => {
      writeAttribute(a, name, attribute);
    });
  }
  if (node.domain !== '') w.string(7, node.domain);
}

/** AttributeProto: numbers are ints, `{float}` floats, strings bytes, arrays int lists. */
function writeAttribute(w: ProtobufWriter, name: string, attribute: Attribute): void {
  w.string(1, name);
  if (typeof attribute === 'number') w.varint(3, attribute).varint(20, 2);
  else if (typeof attribute === 'string') w.string(4, attribute).varint(20, 3);
  else if ('float' in attribute) w.float(2, attribute.float).varint(20, 1);
  else w.packedInts(8, attribute).varint(20, 7);
}

function writeTensor(w: ProtobufWriter, name: string, value: Value, data: IrArray): void {
  w.packedInts(1, value.shape).varint(2, elementTypes[value.dtype]).string(8, name);
  w.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeWeight(
  w: ProtobufWriter,
  { name, value }: NamedValue,
  { isHalf = false, data }: ModelWeight,
): void {
  w.packedInts(1, value.shape).varint(2, isHalf ? float16 : elementTypes[value.dtype]);
  w.string(8, isHalf ? halfName(name) : name);
  if (data instanceof Uint8Array) {
    w.bytes(9, data);
    return;
  }
  for (const [key, text] of Object.entries(data))
    w.message(13, (entry) => entry.string(1, key).string(2, String(text)));
  w.varint(14, 1); // DataLocation.EXTERNAL
}

/** What the tensor is called that holds weight `name` as float16. */
function halfName(name: string): string {
  return `${name}/float16`;
}

function writeCastToFloat32(w: ProtobufWriter, from: string, to: string): void {
  w.string(1, from).string(2, to).string(3, `Cast ${to}`).string(4, 'Cast');
  w.message(5, (a) => {
    writeAttribute(a, 'to', elementTypes.float32);
  });
}

function writeValueInfo(w: ProtobufWriter, { name, value }: NamedValue, batchName?: string): void {
  w.string(1, name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.varint(1, elementTypes[value.dtype]).message(2, (shape) => {
        for (const [axis, extent] of value.shape.entries())
          shape.message(1, (dim) =>
            axis === 0 && batchName !== undefined ? dim.string(2, batchName) : dim.varint(1, extent),
          );
      }),
    ),
  );
}
