// The safetensors format: eight bytes of header length, a JSON header (safetensors-header.ts), then the tensors'
// bytes, little-endian. Written deterministically, names sorted; opened for reading tensor by tensor.
import { open, type FileHandle } from 'node:fs/promises';
import { sizeOf, type HostTensor, type HostTensors } from '../engine/engine.ts';
import { UserError } from '../errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import {
  maxHeaderBytes,
  parseHeader,
  type SafetensorsDtype,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.ts';

const dtypeNames: Readonly<Record<HostTensor['dtype'], SafetensorsDtype>> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
};

/** Bytes before the header: its length, uint64. */
const lengthBytes = 8;

/** Writes `tensors` to `path`, atomically and durably. The same content gives the same bytes. */
export async function writeSafetensors(
  path: string,
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const names = Object.keys(tensors).sort();
  const header: Record<string, unknown> =
    Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name]!;
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`${name} has ${data.length} elements for [${shape.join()}]`);
    header[name] = { dtype: dtypeNames[dtype], shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8; // data start on a multiple of 8, as in the reference implementation
  const bytes = new Uint8Array(lengthBytes + padded + offset).fill(0x20, 0, lengthBytes + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, lengthBytes);
  let at = lengthBytes + padded;
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = tensors[name]!.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  await writeFileAtomic(path, bytes);
}

/** An open safetensors file, its header checked. */
export class SafetensorsFile {
  readonly header: SafetensorsHeader;
  readonly path: string;
  readonly #file: FileHandle;
  readonly #dataStart: number;

  private constructor(path: string, file: FileHandle, header: SafetensorsHeader, dataStart: number) {
    this.path = path;
    this.#file = file;
    this.header = header;
    this.#dataStart = dataStart;
  }

  /** Opens `path`. Throws UserError('input') for files that are missing, cut short or not what they say. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await openFile(path);
    try {
      const { size } = await file.stat();
      const short = (): UserError =>
        new UserError('input', 'not a valid safetensors file: it is cut short', {
          hint: 'get the file again',
          where: { file: path },
        });
      const prefix = new Uint8Array(lengthBytes);
      if ((await file.read(prefix, 0, lengthBytes, 0)).bytesRead < lengthBytes) throw short();
      const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
      if (length > maxHeaderBytes || length > size - lengthBytes) throw short();
      const json = new Uint8Array(length);
      await readFully(file, json, lengthBytes);
      const dataStart = lengthBytes + length;
      return new SafetensorsFile(
        path,
        file,
        parseHeader(new TextDecoder().decode(json), size - dataStart, path),
        dataStart,
      );
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes of one tensor, in memory of their own. */
  async bytes({ from, to }: Pick<TensorEntry, 'from' | 'to'>): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(to - from);
    await readFully(this.#file, bytes, this.#dataStart + from);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Reads a file that `writeSafetensors` wrote: F32, I32 and BOOL tensors. Throws UserError('input') on others. */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: HostTensors; metadata: Readonly<Record<string, string>> }> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors: Record<string, HostTensor> = {};
    for (const [name, entry] of file.header.entries) {
      const { buffer } = await file.bytes(entry);
      const { shape } = entry;
      if (entry.dtype === 'F32') tensors[name] = { shape, dtype: 'float32', data: new Float32Array(buffer) };
      else if (entry.dtype === 'I32') tensors[name] = { shape, dtype: 'int32', data: new Int32Array(buffer) };
      else if (entry.dtype === 'BOOL') tensors[name] = { shape, dtype: 'bool', data: new Uint8Array(buffer) };
      else
        throw new UserError(
          'input',
          `${name} is ${entry.dtype}, which is not among the types that sdx writes`,
          {
            where: { file: path },
          },
        );
    }
    return { tensors, metadata: file.header.metadata };
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw new UserError('input', `cannot open ${path}`, {
      hint: 'check the path and its permissions',
      where: { file: path },
      cause,
    });
  }
}

/** Fills `bytes` from `position` on; reads of many gigabytes come in pieces. */
async function readFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  const piece = 2 ** 30;
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(piece, bytes.length - done), position + done);
    if (bytesRead === 0) throw new RangeError('unexpected end of file');
    done += bytesRead;
  }
}
