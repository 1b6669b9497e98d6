// Growing columns of numbers and byte strings in typed arrays: the index of three million samples takes some
// 150 MB, where one JavaScript object per sample would take gigabytes.

export interface NumberColumn {
  readonly length: number;
  readonly push: (value: number) => void;
  readonly get: (index: number) => number;
}

/** Numbers, kept as float64. */
export function numberColumn(): NumberColumn {
  let data = new Float64Array(64);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === data.length) data = enlarge(data, new Float64Array(2 * data.length));
      data[length++] = value;
    },
    get: (index) => data[index]!,
  };
}

export interface BytesColumn {
  readonly length: number;
  readonly push: (value: Uint8Array) => void;
  /** A view; do not keep it across a push. */
  readonly get: (index: number) => Buffer;
}

/** Byte strings, end to end in one array. */
export function bytesColumn(): BytesColumn {
  let data = new Uint8Array(1024);
  const ends = numberColumn();
  const endOf = (index: number): number => (index < 0 ? 0 : ends.get(index));
  return {
    get length() {
      return ends.length;
    },
    push(value) {
      const start = endOf(ends.length - 1);
      const end = start + value.length;
      if (end > data.length) data = enlarge(data, new Uint8Array(Math.max(end, 2 * data.length)));
      data.set(value, start);
      ends.push(end);
    },
    get(index) {
      const start = endOf(index - 1);
      return Buffer.from(data.buffer, start, endOf(index) - start);
    },
  };
}

function enlarge<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
