// The safetensors format: eight bytes of header length, a JSON header (header.ts), then the tensors'
// bytes, little-endian. Written deterministically, names sorted; opened for reading tensor by tensor.
import { sizeOf, type HostTensor, type HostTensors } from '../../engine/engine.ts';
import { InvariantError, UserError } from '../../errors.ts';
import { writePiecesAtomic } from '../../files/atomic-file.ts';
import {
  maxHeaderBytes,
  parseHeader,
  type SafetensorsDtype,
  type SafetensorsHeader,
  type TensorEntry,
} from './header.ts';
import { damagedFile, openWeightsFile, type WeightsFile } from '../weights-file.ts';

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
  await writePiecesAtomic(path, safetensorsPieces(tensors, metadata));
}

/** The bytes of a file that holds `tensors`: what comes before the data, then theirs where they lie, uncopied. */
export function safetensorsPieces(
  tensors: HostTensors,
  metadata: Readonly<Record<string, string>> = {},
): [Uint8Array<ArrayBuffer>, ...Uint8Array[]] {
  const names = Object.keys(tensors).sort();
  const header: [string, unknown][] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (texts.length > 0) header.push(['__metadata__', Object.fromEntries(texts)]);
  let offset = 0;
  for (const name of names) {
    const { shape, dtype, data } = tensors[name]!;
    if (sizeOf(shape) !== data.length || name === '__metadata__')
      throw new InvariantError(`${name} has ${data.length} elements for [${shape.join()}]`);
    header.push([
      name,
      { dtype: dtypeNames[dtype], shape, data_offsets: [offset, offset + data.byteLength] },
    ]);
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8; // data start on a multiple of 8, as in the reference implementation
  const head = new Uint8Array(lengthBytes + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, lengthBytes);
  const data = names.map((name) => {
    const { buffer, byteOffset, byteLength } = tensors[name]!.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  return [head, ...data];
}

/** An open safetensors file, its header checked. */
export class SafetensorsFile {
  readonly header: SafetensorsHeader;
  readonly path: string;
  readonly #file: WeightsFile;
  readonly #dataStart: number;

  private constructor(file: WeightsFile, header: SafetensorsHeader, dataStart: number) {
    this.path = file.path;
    this.#file = file;
    this.header = header;
    this.#dataStart = dataStart;
  }

  /** Opens `path`. Throws UserError('input') for files that are missing, cut short or not what they say. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await openWeightsFile(path);
    try {
      if (file.size < lengthBytes)
        throw damagedFile(path, `a safetensors file has more than ${file.size} bytes`);
      const length = Number((await file.read(0, lengthBytes)).readBigUInt64LE());
      if (length > file.size - lengthBytes)
        throw damagedFile(path, `as a safetensors file, it ends within its header`);
      if (length > maxHeaderBytes)
        throw damagedFile(
          path,
          `as a safetensors file, its header has ${length} bytes, over ${maxHeaderBytes}`,
        );
      const dataStart = lengthBytes + length;
      const header = parseHeader(await file.read(lengthBytes, length), file.size - dataStart, path);
      return new SafetensorsFile(file, header, dataStart);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes of one tensor, in memory of their own. */
  bytes({ from, to }: Pick<TensorEntry, 'from' | 'to'>): Promise<Uint8Array<ArrayBuffer>> {
    return this.#file.read(this.#dataStart + from, to - from);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads a file that `writeSafetensors` wrote: F32, I32 and BOOL tensors. Throws UserError('input') on others. */
export function readSafetensors(
  path: string,
): Promise<{ tensors: HostTensors; metadata: Readonly<Record<string, string>> }> {
  return readAll(path, ({ dtype, shape }, bytes, name): HostTensor => {
    const { buffer } = bytes;
    if (dtype === 'F32') return { shape, dtype: 'float32', data: new Float32Array(buffer) };
    if (dtype === 'I32') return { shape, dtype: 'int32', data: new Int32Array(buffer) };
    if (dtype === 'BOOL') return { shape, dtype: 'bool', data: new Uint8Array(buffer) };
    throw new UserError('input', `${name} is ${dtype}, which is not among the types that sdx writes here`, {
      hint: 'a file of the store was replaced: delete it and run the same command again',
      where: { file: path },
    });
  });
}

async function readAll<T>(
  path: string,
  decode: (entry: TensorEntry, bytes: Uint8Array<ArrayBuffer>, name: string) => T,
): Promise<{ tensors: Readonly<Record<string, T>>; metadata: Readonly<Record<string, string>> }> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors: [string, T][] = [];
    for (const [name, entry] of file.header.entries)
      tensors.push([name, decode(entry, await file.bytes(entry), name)]);
    return { tensors: Object.fromEntries(tensors), metadata: file.header.metadata };
  } finally {
    await file.close();
  }
}
