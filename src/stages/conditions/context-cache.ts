// Encoded captions on disk, in the work folder of the stage that trains on them: rows of float32 at fixed places, and
// a checksum of each. A row that is not there, or was torn by a crash, is simply not found. Processes that train
// together may share the files: whoever encodes a caption writes the same bytes.
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from '../../files/crc32.ts';
import { readAt, writeAt } from '../../files/positional-io.ts';

export interface ContextCache {
  /** Row `slot`; undefined where it is not there. */
  readonly get: (slot: number) => Promise<Float32Array | undefined>;
  readonly put: (slot: number, row: Float32Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const contextCacheFiles = { rows: 'contexts.f32', checksums: 'contexts.crc32' } as const;

const checksumBytes = 4;

/** Opens or creates the cache in `folder`; rows have `rowLength` numbers. */
export async function openContextCache(folder: string, rowLength: number): Promise<ContextCache> {
  const rowBytes = rowLength * Float32Array.BYTES_PER_ELEMENT;
  const rows = await openForBoth(path.join(folder, contextCacheFiles.rows));
  const checksums = await openForBoth(path.join(folder, contextCacheFiles.checksums));
  /** Rows that this process has seen whole. */
  const seen = new Set<number>();
  return {
    async get(slot) {
      const known = seen.has(slot);
      const checksum = known ? undefined : await readRow(checksums, slot, checksumBytes);
      if (!known && checksum === undefined) return undefined;
      const bytes = await readRow(rows, slot, rowBytes);
      if (bytes === undefined) return undefined;
      if (checksum !== undefined && checksum.readUInt32LE() !== checksumOf(bytes)) return undefined;
      seen.add(slot);
      return new Float32Array(bytes.buffer, bytes.byteOffset, rowLength);
    },
    async put(slot, row) {
      const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
      await writeAt(rows, bytes, slot * rowBytes);
      const checksum = Buffer.alloc(checksumBytes);
      checksum.writeUInt32LE(checksumOf(bytes));
      await writeAt(checksums, checksum, slot * checksumBytes);
      seen.add(slot);
    },
    async close() {
      await rows.close();
      await checksums.close();
    },
  };
}

/** Never 0, which stands for rows that were not written. */
function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes) || 1;
}

async function openForBoth(file: string): Promise<FileHandle> {
  await (await open(file, 'a')).close();
  return open(file, 'r+');
}

/** Row `slot` of rows of `length` bytes; undefined where the file ends before. */
async function readRow(file: FileHandle, slot: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  return (await readAt(file, bytes, slot * length)) ? bytes : undefined;
}
