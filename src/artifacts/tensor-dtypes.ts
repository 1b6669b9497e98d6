// Numbers as files hold them, as the tensors that engines take: floats become float32, integers int32.
import type { HostTensor } from '../engine/engine.ts';
import type { SafetensorsDtype } from './safetensors-header.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Little-endian bytes (of an array buffer of their own, from its start) to numbers. */
const decoders: Readonly<Record<SafetensorsDtype, (bytes: Bytes) => HostTensor['data']>> = {
  F32: ({ buffer }) => new Float32Array(buffer),
  F64: ({ buffer }) => Float32Array.from(new Float64Array(buffer)),
  F16: ({ buffer }) => Float32Array.from(new Uint16Array(buffer), halfToFloat),
  BF16: ({ buffer }) =>
    new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  I64: ({ buffer }) => Int32Array.from(new BigInt64Array(buffer), Number),
  I32: ({ buffer }) => new Int32Array(buffer),
  I16: ({ buffer }) => Int32Array.from(new Int16Array(buffer)),
  I8: ({ buffer }) => Int32Array.from(new Int8Array(buffer)),
  U8: (bytes) => Int32Array.from(bytes),
  BOOL: (bytes) => bytes,
};

/** `bytes` as a tensor. 64-bit integers outside the range of int32 wrap. */
export function toHostTensor(dtype: SafetensorsDtype, shape: readonly number[], bytes: Bytes): HostTensor {
  const data = decoders[dtype](bytes);
  if (dtype === 'BOOL') return { shape, dtype: 'bool', data };
  return { shape, dtype: data instanceof Float32Array ? 'float32' : 'int32', data };
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
