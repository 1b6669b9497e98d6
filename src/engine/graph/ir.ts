// The graph IR: what a traced function becomes before it is encoded. Op names, attributes and semantics are
// ONNX's (opset 18); values carry static shapes. Graphs are immutable once built.

export type IrDType = 'float32' | 'int32' | 'bool' | 'int64' | 'int8' | 'uint8';

export type IrArray = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array;

/** TensorProto.DataType of ONNX. */
export const elementTypes: Readonly<Record<IrDType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** A tensor in the graph: the result of a node, an input or a constant. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: IrDType;
}

/** A constant's content: an array, or one number repeated (kept small until it is encoded). */
export type ConstantData =
  { readonly kind: 'array'; readonly data: IrArray } | { readonly kind: 'uniform'; readonly value: number };

export type Attribute = number | string | readonly number[] | { readonly float: number };

export type Attributes = Readonly<Record<string, Attribute>>;

/** '' is ai.onnx; the others hold ONNX Runtime's own operators, fused ones and those on its blocked CPU layout. */
export type OpDomain = '' | 'com.microsoft' | 'com.microsoft.nchwc';

export interface Node {
  readonly op: string;
  readonly domain: OpDomain;
  /** null marks an optional input that is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

export interface Graph {
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  readonly constants: ReadonlyMap<Value, ConstantData>;
  /** Constants that the traced function was given, by their names there; one of two with the same content. */
  readonly weights?: readonly NamedValue[];
  /** In topological order; every node reaches an output. */
  readonly nodes: readonly Node[];
}

/** Number of elements. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** NumPy broadcasting of two shapes. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new Error(`shapes [${a.join()}] and [${b.join()}] do not broadcast`);
    return x === 1 ? y : x;
  });
}
