// One pass over the headers of a tar file: ustar, with the long names and sizes of pax and GNU tar. Contents are
// skipped, so indexing reads little. A file without its end mark was cut off and is refused, never read in part.
import { damaged, inside, windowed } from '../../../files/byte-file.ts';
import type { ByteFile } from '../../../files/byte-file.ts';

/** A regular file in a tar file. */
export interface TarMember {
  readonly name: string;
  /** The place of the contents. */
  readonly offset: number;
  readonly size: number;
}

const block = 512;
/** Pax headers and long names larger than this are signs of damage. */
const maxHeaderBytes = 1 << 16;
const field = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  prefix: [345, 155],
} as const;

/** The regular files of the archive, in order. Throws UserError('input') for damage. */
export async function* tarMembers(file: ByteFile): AsyncGenerator<TarMember> {
  const read = windowed(file);
  let next: { name?: string; size?: number } = {}; // what extended headers say of the next member
  for (let at = 0; ;) {
    if (!inside(at, block, file.size))
      throw damaged(file.path, 'it ends without an end mark: it is incomplete');
    const header = await read(at, block);
    if (header.every((byte) => byte === 0)) return;
    if (!checksumHolds(header)) throw damaged(file.path, `the header at byte ${at} fails its checksum`);
    const type = String.fromCharCode(header[field.type[0]]!);
    const extended = type === 'x' || type === 'L' || type === 'g' || type === 'K';
    const size = extended ? sizeOf(header) : (next.size ?? sizeOf(header));
    const offset = at + block;
    if (size === undefined || !inside(offset, size, file.size))
      throw damaged(file.path, `the member at byte ${at} has no valid size, or the file is incomplete`);
    at = offset + Math.ceil(size / block) * block;
    if (extended) {
      if (size > maxHeaderBytes)
        throw damaged(file.path, `the extended header at byte ${offset} is ${size} bytes long`);
      const text = await read(offset, size);
      if (type === 'x') next = { ...next, ...paxFields(text) };
      if (type === 'L') next = { ...next, name: untilZero(text) };
      continue;
    }
    if (type === 'S') throw damaged(file.path, 'it has sparse members', 'make it again without --sparse');
    if (type === '0' || type === '\0' || type === '7')
      yield { name: next.name ?? nameOf(header), offset, size };
    next = {};
  }
}

function part(header: Buffer, [start, length]: readonly [number, number]): Buffer {
  return header.subarray(start, start + length);
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function nameOf(header: Buffer): string {
  const name = untilZero(part(header, field.name));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0'; // GNU's older magic keeps other things there
  const prefix = isUstar ? untilZero(part(header, field.prefix)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or base 256 where the first bit is set; undefined if neither. */
function sizeOf(header: Buffer): number | undefined {
  const bytes = part(header, field.size);
  if ((bytes[0]! & 0x80) !== 0) return bytes.readUIntBE(6, 6);
  return octal(untilZero(bytes));
}

function octal(text: string): number | undefined {
  const digits = text.trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The sum of all bytes, with the checksum itself read as spaces. */
function checksumHolds(header: Buffer): boolean {
  const [start, length] = field.checksum;
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= start && i < start + length ? 0x20 : header[i]!;
  return sum === octal(untilZero(part(header, field.checksum)));
}

/** `<length> <key>=<value>\n` records; only the two that concern us. */
function paxFields(text: Buffer): { name?: string; size?: number } {
  let name: string | undefined;
  let size: number | undefined;
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(0x20, at);
    const length = space === -1 ? NaN : Number(text.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > text.length) break;
    const record = text.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    if (record.slice(0, equals) === 'path') name = value;
    if (record.slice(0, equals) === 'size') size = Number(value);
    at += length;
  }
  return { ...(name !== undefined && { name }), ...(size !== undefined && { size }) };
}
