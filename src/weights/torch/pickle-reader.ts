// Bytes of a pickle, one argument after the other; a pickle that ends too early or claims too much is an error.

/** The pickle makes no sense, or uses what is not understood. The reader of the file says which file. */
export class PickleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PickleError';
  }
}

const maxLongBytes = 1024;

export class PickleReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** Moves on by `length` bytes and returns where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.remaining)
      throw new PickleError(
        `it ends at byte ${this.#bytes.length}, within what it says is ${length} bytes long`,
      );
    this.#at += length;
    return start;
  }

  uint8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A length; those beyond 2^53 are further than any file. */
  uint64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#take(8)));
  }

  /** Big-endian, unlike all else in a pickle. */
  float64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  skip(length: number): void {
    this.#take(length);
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new PickleError('it ends within a name');
    const text = this.text(end - this.#at);
    this.skip(1);
    return text;
  }

  /** Two's complement, little-endian, of any length; a number where that is exact. */
  long(length: number): number | bigint {
    if (length > maxLongBytes) throw new PickleError(`an integer of ${length} bytes`);
    const bytes = this.bytes(length);
    if (length === 0) return 0;
    const magnitude = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
    const value = BigInt.asIntN(8 * length, magnitude);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}
