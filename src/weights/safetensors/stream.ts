// Writes a safetensors file tensor by tensor: the header is known from names and shapes, so that only one tensor is in
// memory at a time. The same tensors give the same bytes as writeSafetensors.
import { sizeOf } from '../../engine/engine.ts';
import { InvariantError } from '../../errors.ts';
import { writeStreamAtomic } from '../../files/atomic-file.ts';

/** A float32 tensor that is still to be read. */
export interface PendingTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly read: () => Promise<Float32Array>;
}

/** Writes `tensors` to `target`, atomically and durably; each is read when its turn comes, in the order of names. */
export async function streamSafetensors(
  target: string,
  tensors: readonly PendingTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeStreamAtomic(target, async (write) => {
    await write(safetensorsHead(sorted, metadata));
    for (const { name, shape, read } of sorted) {
      const data = await read();
      if (data.length !== sizeOf(shape))
        throw new InvariantError(`${name} has ${data.length} elements for [${shape.join()}]`);
      await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
}

/** The bytes before the data of float32 tensors, which come in the order of their names. */
export function safetensorsHead(
  sorted: readonly Pick<PendingTensor, 'name' | 'shape'>[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const header: [string, unknown][] = texts.length > 0 ? [['__metadata__', Object.fromEntries(texts)]] : [];
  let offset = 0;
  for (const [i, { name, shape }] of sorted.entries()) {
    if (name === sorted[i - 1]?.name) throw new InvariantError(`${name} is written twice`);
    const end = offset + 4 * sizeOf(shape);
    header.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8; // data start on a multiple of 8, as in the reference implementation
  const bytes = new Uint8Array(8 + padded).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}
