// Reads zip files from their central directory at the end (PKWARE APPNOTE 6.3, zip64 included), by position: the
// archive is neither unpacked nor held in memory. Stored and deflated entries only, as image archives have them.
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { damaged, inside, maxSampleBytes, windowed } from './byte-file.ts';
import type { ByteFile } from './byte-file.ts';
import { crc32 } from './crc32.ts';

/** One entry of the central directory. */
export interface ZipEntry {
  /** The place of the local header. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
}

export interface ZipDirectory {
  readonly offset: number;
  readonly entries: number;
}

const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endBytes = 22;
const maxComment = 0xffff;
const centralBytes = 46;
const localBytes = 30;
const zip64Tag = 0x0001;
const encrypted = 0x0001;
const unset32 = 0xffffffff;

/** Finds the central directory. Throws UserError('input') for files that are not zip archives, or are cut off. */
export async function readZipDirectory(file: ByteFile): Promise<ZipDirectory> {
  const tailBytes = Math.min(file.size, endBytes + maxComment);
  const tail = await file.read(file.size - tailBytes, tailBytes);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== signature.end) continue;
    if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) continue; // a comment that looks like an end
    const end = file.size - tailBytes + at;
    const short = { entries: tail.readUInt16LE(at + 10), offset: tail.readUInt32LE(at + 16) };
    const large = short.entries === 0xffff || short.offset === unset32;
    const directory = large ? ((await readZip64End(file, end)) ?? short) : short;
    // An entry takes 46 bytes or more.
    if (!inside(directory.offset, directory.entries * centralBytes, end))
      throw damaged(
        file.path,
        `its directory claims ${directory.entries} entries at byte ${directory.offset}`,
      );
    return directory;
  }
  throw damaged(file.path, 'it does not end like a zip archive: it is incomplete, or something else');
}

async function readZip64End(file: ByteFile, end: number): Promise<ZipDirectory | undefined> {
  if (end < 20) return undefined;
  const locator = await file.read(end - 20, 20);
  if (locator.readUInt32LE(0) !== signature.locator64) return undefined;
  const record = await file.read(safe(locator.readBigUInt64LE(8)), 56);
  if (record.readUInt32LE(0) !== signature.end64) throw damaged(file.path, 'its zip64 end record is missing');
  return { entries: safe(record.readBigUInt64LE(32)), offset: safe(record.readBigUInt64LE(48)) };
}

/** 64-bit numbers as doubles; those too large become Infinity, which no range check lets pass. */
function safe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
}

/** Calls `visit` for each entry in the order of the directory. `name` is only valid during the call. */
export async function walkZip(
  file: ByteFile,
  directory: ZipDirectory,
  visit: (name: Buffer, entry: ZipEntry) => void,
  onEntry: () => void = () => undefined,
): Promise<void> {
  const read = windowed(file);
  let at = directory.offset;
  for (let i = 0; i < directory.entries; i++) {
    onEntry();
    const fixed = await read(at, centralBytes);
    if (fixed.readUInt32LE(0) !== signature.central)
      throw damaged(file.path, `entry ${i} of its directory makes no sense`);
    const nameBytes = fixed.readUInt16LE(28);
    const extraBytes = fixed.readUInt16LE(30);
    const whole = await read(at, centralBytes + nameBytes + extraBytes);
    const name = whole.subarray(centralBytes, centralBytes + nameBytes);
    visit(name, entryOf(file, whole, whole.subarray(centralBytes + nameBytes), i));
    at += centralBytes + nameBytes + extraBytes + whole.readUInt16LE(32);
  }
}

function entryOf(file: ByteFile, header: Buffer, extra: Buffer, index: number): ZipEntry {
  if ((header.readUInt16LE(8) & encrypted) !== 0)
    throw damaged(file.path, 'its entries are encrypted', 'make the archive again without a password');
  const large = zip64Values(extra);
  const field = (at: number): number => {
    const value = header.readUInt32LE(at);
    return value === unset32 ? safe(large.next().value ?? BigInt(unset32)) : value;
  };
  const size = field(24); // the order in which zip64 lists them
  const compressedSize = field(20);
  const offset = field(42);
  if (!inside(offset, localBytes + compressedSize, file.size))
    throw damaged(file.path, `entry ${index} lies beyond the end`);
  return { offset, compressedSize, size, crc: header.readUInt32LE(16), method: header.readUInt16LE(10) };
}

/** The 64-bit values of the zip64 extra field. */
function* zip64Values(extra: Buffer): Generator<bigint, undefined> {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    const end = Math.min(at + 4 + length, extra.length);
    if (extra.readUInt16LE(at) === zip64Tag)
      for (let value = at + 4; value + 8 <= end; value += 8) yield extra.readBigUInt64LE(value);
    at += 4 + length;
  }
  return undefined;
}

const inflate = promisify(inflateRaw);

/** The contents of an entry, checksum verified. Throws UserError('input') if they are damaged. */
export async function readZipEntry(file: ByteFile, entry: ZipEntry): Promise<Uint8Array> {
  const { offset, compressedSize, size, method } = entry;
  if (size > maxSampleBytes || compressedSize > maxSampleBytes)
    throw damaged(file.path, `an entry claims ${Math.max(size, compressedSize)} bytes`);
  const local = await file.read(offset, localBytes);
  if (local.readUInt32LE(0) !== signature.local) throw damaged(file.path, `no entry at byte ${offset}`);
  const start = offset + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = await file.read(start, compressedSize);
  const bytes = await unpack(file, packed, method, size);
  if (bytes.length !== size || crc32(bytes) !== entry.crc)
    throw damaged(file.path, `the entry at byte ${offset} fails its checksum`);
  return bytes;
}

async function unpack(file: ByteFile, packed: Buffer, method: number, size: number): Promise<Uint8Array> {
  if (method === 0) return packed;
  if (method !== 8)
    throw damaged(
      file.path,
      `it uses compression method ${method}`,
      'make it again with stored or deflated entries',
    );
  try {
    return await inflate(packed, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw damaged(
      file.path,
      `an entry does not unpack: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
