// The part of the Protocol Buffers wire format that ONNX models and TensorBoard's events need: varints, floats and doubles,
// and length-delimited fields. Parts are collected and joined once.

export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Field of wire type 0. */
  varint(field: number, value: number | bigint): this {
    this.#tag(field, 0);
    return this.#varint(BigInt(value));
  }

  /** Field of wire type 5, a 32-bit float. */
  float(field: number, value: number): this {
    this.#tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(bytes);
  }

  /** Field of wire type 1, a 64-bit float. */
  double(field: number, value: number): this {
    this.#tag(field, 1);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(bytes);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    this.#varint(BigInt(value.byteLength));
    return this.#push(value);
  }

  message(field: number, write: (writer: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    this.#tag(field, 2);
    this.#varint(BigInt(inner.#length));
    for (const part of inner.#parts) this.#push(part);
    return this;
  }

  /** Packed repeated int64. */
  packedInts(field: number, values: readonly number[]): this {
    return this.bytes(field, Uint8Array.from(values.flatMap((value) => varintBytes(BigInt(value)))));
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      joined.set(part, offset);
      offset += part.byteLength;
    }
    return joined;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt((field << 3) | wireType));
  }

  #varint(value: bigint): this {
    return this.#push(Uint8Array.from(varintBytes(value)));
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.byteLength;
    return this;
  }
}

function varintBytes(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
