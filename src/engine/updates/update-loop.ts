// A pointwise update of several vectors at once, and its machine code: one pass of WebAssembly over memory, four float32
// at a time. Every operation rounds as IEEE 754 says, so that the result does not depend on the processor.

export type Operation = 'add' | 'sub' | 'mul' | 'div' | 'sqrt' | 'neg';

/** Where an operation takes a number from: an array at this place, an argument, the code itself, an earlier result. */
export type Operand =
  | { readonly kind: 'array' | 'scalar' | 'result'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number };

export interface UpdateLoop {
  /** Elements of each array, float32. */
  readonly size: number;
  readonly arrays: number;
  readonly scalars: number;
  /** In order; an operation's index is that of its result. */
  readonly code: readonly { readonly operation: Operation; readonly args: readonly Operand[] }[];
  /** Results that replace arrays once all of an element is computed. */
  readonly stores: readonly { readonly array: number; readonly from: number }[];
}

/** Elements that one turn of the loop takes: arrays must be followed by room up to a multiple of it. */
export const lanes = 4;

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const simd = 0xfd;
const opcode: Readonly<Record<Operation, number>> = {
  neg: 0xe1,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
};

/**
 * A module that imports `memory` as `host.memory` and exports `run(bytes, ...arrays, ...scalars)`: bytes of each array,
 * a multiple of 16; the arrays' byte offsets; the scalars. Loops of the same code give the same bytes.
 */
export function updateModule({ arrays, scalars, code, stores }: UpdateLoop): Uint8Array<ArrayBuffer> {
  // Locals, parameters first: bytes, offsets, scalars; the position; then vectors: arrays, scalars, results.
  const offsetOf = (array: number) => 1 + array;
  const scalarOf = (scalar: number) => 1 + arrays + scalar;
  const position = 1 + arrays + scalars;
  const vectorOf = {
    array: position + 1,
    scalar: position + 1 + arrays,
    result: position + 1 + arrays + scalars,
  };
  const vectors = arrays + scalars + code.length;
  const local = (op: 'get' | 'set', index: number) => [op === 'get' ? 0x20 : 0x21, ...leb(index)];
  const address = (array: number) => [...local('get', offsetOf(array)), ...local('get', position), 0x6a];
  const push = (operand: Operand): number[] =>
    operand.kind === 'constant'
      ? [0x43, ...float(operand.value), simd, ...leb(0x13)]
      : local('get', vectorOf[operand.kind] + operand.index);
  const body = [
    ...range(scalars).flatMap((i) => [
      ...local('get', scalarOf(i)),
      ...[simd, ...leb(0x13)], // f32x4.splat
      ...local('set', vectorOf.scalar + i),
    ]),
    ...[0x03, 0x40], // loop
    ...range(arrays).flatMap((i) => [
      ...address(i),
      ...[simd, ...leb(0x00), ...leb(4), ...leb(0)], // v128.load align=16 offset=0
      ...local('set', vectorOf.array + i),
    ]),
    ...code.flatMap(({ operation, args }, i) => [
      ...args.flatMap(push),
      ...[simd, ...leb(opcode[operation])],
      ...local('set', vectorOf.result + i),
    ]),
    ...stores.flatMap(({ array, from }) => [
      ...address(array),
      ...local('get', vectorOf.result + from),
      ...[simd, ...leb(0x0b), ...leb(4), ...leb(0)], // v128.store
    ]),
    ...[...local('get', position), 0x41, 16, 0x6a, 0x22, ...leb(position)], // position += 16
    ...[...local('get', 0), 0x49, 0x0d, 0, 0x0b], // again while position < bytes
  ];
  const locals = [...leb(2), ...leb(1), i32, ...leb(vectors), v128];
  const type = [0x60, ...list([i32, ...range(arrays).map(() => i32), ...range(scalars).map(() => f32)]), 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(2, [1, ...text('host'), ...text('memory'), 0x02, 0x00, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0x00, 0]),
    ...section(10, [1, ...list([...locals, ...body, 0x0b])]),
  ]);
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

/** A float32, little-endian. */
function float(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

/** A byte vector preceded by its length. */
function list(bytes: readonly number[]): number[] {
  return [...leb(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return list([...new TextEncoder().encode(value)]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...list(content)];
}
