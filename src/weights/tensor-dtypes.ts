// Numbers as files hold them, as the tensors that engines take: floats become float32, integers int32.
import type { HostTensor } from '../engine/engine.ts';
import type { SafetensorsDtype } from './safetensors/header.ts';

/** Little-endian bytes in an array buffer of their own, from its start. */
export type OwnBytes = Uint8Array<ArrayBuffer>;

const decoders: Readonly<Record<SafetensorsDtype, (bytes: OwnBytes) => HostTensor['data'] | undefined>> = {
  F32: ({ buffer }) => new Float32Array(buffer),
  F64: ({ buffer }) => new Float32Array(new Float64Array(buffer)),
  F16: ({ buffer }) => halvesToFloats(new Uint16Array(buffer)),
  BF16: ({ buffer }) => new Float32Array(highHalves(new Uint16Array(buffer)).buffer),
  I64: ({ buffer }) => narrowed(new BigInt64Array(buffer)),
  I32: ({ buffer }) => new Int32Array(buffer),
  I16: ({ buffer }) => new Int32Array(new Int16Array(buffer)),
  I8: ({ buffer }) => new Int32Array(new Int8Array(buffer)),
  U8: (bytes) => new Int32Array(bytes),
  BOOL: ({ buffer }) => new Uint8Array(buffer).map((byte) => (byte === 0 ? 0 : 1)),
};

/** `bytes` as a tensor, which may share their memory; undefined for 64-bit integers that int32 cannot hold. */
export function toHostTensor(
  dtype: SafetensorsDtype,
  shape: readonly number[],
  bytes: OwnBytes,
): HostTensor | undefined {
  const data = decoders[dtype](bytes);
  if (data === undefined) return undefined;
  if (dtype === 'BOOL') return { shape, dtype: 'bool', data };
  return { shape, dtype: data instanceof Float32Array ? 'float32' : 'int32', data };
}

function narrowed(values: BigInt64Array): Int32Array | undefined {
  const data = new Int32Array(values.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Number(values[i]);
    if (BigInt(data[i]!) !== values[i]) return undefined;
  }
  return data;
}

function highHalves(halves: Uint16Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < words.length; i++) words[i] = halves[i]! << 16;
  return words;
}

let halfTable: Float32Array | undefined;

function halvesToFloats(halves: Uint16Array): Float32Array {
  const table = (halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits)));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < floats.length; i++) floats[i] = table[halves[i]!]!;
  return floats;
}

/** IEEE 754 binary16 to a number. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest IEEE 754 binary16 of each number, ties to even; undefined where one is finite and too large. */
export function floatsToHalves(floats: Float32Array): Uint16Array | undefined {
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    halves[i] = floatToHalf(floats[i]!);
    if ((halves[i]! & 0x7fff) === infiniteHalf && Number.isFinite(floats[i])) return undefined;
  }
  return halves;
}

const infiniteHalf = 0x7c00;

function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return infiniteHalf | 0x200;
  if (size === Infinity) return sign | infiniteHalf;
  if (size === 0) return sign;
  // Numbers from 2^exponent have 10 bits behind the first; below 2^-14 they are multiples of 2^-24.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = roundToEven(size * 2 ** (10 - exponent));
  // Steps beyond 2^11 carry into the exponent, which stands above them.
  return sign | Math.min(infiniteHalf, ((exponent + 14) << 10) + steps);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
