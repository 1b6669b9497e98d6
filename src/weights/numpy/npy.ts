// NumPy's .npy format (NEP 1): magic, version, a Python dictionary as header, then the numbers.
import { sizeOf } from '../../engine/engine.ts';
import type { UserError } from '../../errors.ts';
import { damagedFile, quoteName } from '../weights-file.ts';

/** An array with its numbers in row-major order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | Uint8Array;
}

/** What can be written: float64 numbers or bytes, row-major. */
export interface EncodableNpy {
  readonly shape: readonly number[];
  readonly data: Float64Array | Uint8Array;
}

/** Little-endian types by NumPy's name. */
const types: Readonly<
  Record<string, { readonly width: number; readonly of: (buffer: ArrayBuffer) => NpyArray['data'] }>
> = {
  '<f8': { width: 8, of: (buffer) => new Float64Array(buffer) },
  '<f4': { width: 4, of: (buffer) => new Float32Array(buffer) },
  '<i8': { width: 8, of: (buffer) => new BigInt64Array(buffer) },
  '|u1': { width: 1, of: (buffer) => new Uint8Array(buffer) },
};

const magic = Buffer.from('\x93NUMPY', 'latin1');

/** What stands before the numbers. */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** NumPy's name of the type. */
  readonly descr: string;
  /** Bytes of one number. */
  readonly width: number;
  /** Whether the first index varies fastest. */
  readonly fortran: boolean;
  /** Where the numbers start. */
  readonly start: number;
}

/** Longest header that is read. */
export const maxNpyHeader = 4096;

/**
 * Reads the header at the beginning of `view`; `file` and `name` are for messages. Throws UserError('input') for what
 * is not understood.
 */
export function parseNpyHeader(view: Buffer, file: string, name: string): NpyHeader {
  const broken = (problem: string, hint?: string): UserError => brokenArray(file, name, problem, hint);
  const version = view[6];
  if (view.length < 12 || !view.subarray(0, 6).equals(magic)) throw broken('there is no NumPy header');
  if (version !== 1 && version !== 2) throw broken(`the format is version ${String(version)}, not 1 or 2`);
  const first = version === 1 ? 10 : 12;
  const start = first + (version === 1 ? view.readUInt16LE(8) : view.readUInt32LE(8));
  const header =
    /^\{'descr': '([^']+)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\),? *\}\s*$/.exec(
      view.toString('latin1', first, Math.min(start, first + maxNpyHeader)),
    );
  if (start > view.length || header === null) throw broken('the header is not one of plain numbers');
  const [, descr, order, extents] = header as unknown as [string, string, string, string];
  const type = Object.hasOwn(types, descr) ? types[descr] : undefined;
  if (type === undefined)
    throw broken(`the numbers are of type ${descr}`, `save it as one of ${Object.keys(types).join(', ')}`);
  const shape = extents.split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  if (shape.length > 64) throw broken(`it has ${shape.length} dimensions`);
  return { shape, descr, width: type.width, fortran: order === 'True', start };
}

function brokenArray(file: string, name: string, problem: string, hint?: string): UserError {
  return damagedFile(file, `in its array ${quoteName(name)}, ${problem}`, hint);
}

/** Decodes one .npy; `file` and `name` are for messages. Throws UserError('input') for what is not understood. */
export function decodeNpy(bytes: Uint8Array, file: string, name: string): NpyArray {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { shape, descr, width, fortran, start } = parseNpyHeader(view, file, name);
  if (sizeOf(shape) * width !== view.length - start)
    throw brokenArray(file, name, `there are ${view.length - start} bytes for the shape [${shape.join()}]`);
  const data = types[descr]!.of(new Uint8Array(view.subarray(start)).buffer);
  return { shape, data: fortran ? rowMajor(data, shape) : data };
}

/** Column-major numbers in row-major order. */
function rowMajor(data: NpyArray['data'], shape: readonly number[]): NpyArray['data'] {
  const sorted = data.slice();
  const index = shape.map(() => 0);
  for (let to = 0; to < sorted.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis]! + index[axis]!;
    sorted[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return sorted;
}

/** Numbers as a .npy of version 1; the header is padded so that they start on a multiple of 64. */
export function encodeNpy({ shape, data }: EncodableNpy): Buffer {
  const descr = data instanceof Float64Array ? '<f8' : '|u1';
  const extents = shape.length === 1 ? `${shape[0]!},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10);
  magic.copy(head);
  head.writeUInt8(1, 6);
  head.writeUInt16LE(length, 8);
  const header = Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1');
  return Buffer.concat([head, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}
