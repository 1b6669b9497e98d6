// A read-only walk over an LMDB file as the C library writes it (data format 1, 64-bit, as LSUN is published): meta
// pages, then a B+tree of branch and leaf pages, with large values on overflow pages. After lmdb's mdb.c and its
// structures MDB_meta, MDB_page, MDB_node. Every field is checked, since a damaged file may say anything.
import { damaged, inside, maxSampleBytes } from '../../../files/byte-file.ts';
import type { ByteFile } from '../../../files/byte-file.ts';

/** What the newest meta page says. */
export interface LmdbMeta {
  readonly pageSize: number;
  readonly root: number;
  readonly depth: number;
  readonly entries: number;
}

/** Where a value lies: in a leaf at byte `offset`, or on overflow pages that start with a header at `offset`. */
export interface LmdbValue {
  readonly offset: number;
  readonly length: number;
  readonly overflow: boolean;
}

const pageHeaderBytes = 16;
const nodeHeaderBytes = 8;
const magic = 0xbeefc0de;
const dataVersion = 1;
const noPage = 2n ** 64n - 1n;
const pageFlag = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08, leaf2: 0x20 } as const;
const nodeFlag = { bigData: 0x01, subData: 0x02, dupData: 0x04 } as const;
/** MDB_DUPSORT: several values under one key. */
const dupSort = 0x04;
/** CURSOR_STACK in mdb.c. */
const maxDepth = 32;
/** Byte offsets in a meta page: after the page header, magic, version, address and map size come two trees of 48 bytes. */
const metaAt = {
  magic: 16,
  version: 20,
  freeTree: 40,
  mainTree: 88,
  lastPage: 136,
  transaction: 144,
} as const;
const metaBytes = 152;

/** Reads both meta pages and takes the newer. */
export async function readLmdbMeta(file: ByteFile): Promise<LmdbMeta> {
  if (file.size < metaBytes) throw damaged(file.path, `${file.size} bytes are too few for an LMDB file`);
  const first = await file.read(0, metaBytes);
  checkMeta(file, first);
  const pageSize = first.readUInt32LE(metaAt.freeTree);
  if (pageSize < 512 || pageSize > 2 ** 16 || (pageSize & (pageSize - 1)) !== 0)
    throw damaged(file.path, `its page size is ${pageSize}`);
  const second = await file.read(pageSize, metaBytes);
  checkMeta(file, second);
  const newer = transactionOf(second) > transactionOf(first) ? second : first;
  return { pageSize, ...treeOf(file, newer, pageSize) };
}

function checkMeta(file: ByteFile, meta: Buffer): void {
  if (meta.readUInt32LE(metaAt.magic) !== magic || (meta.readUInt16LE(10) & pageFlag.meta) === 0)
    throw damaged(file.path, 'it does not begin like an LMDB file', 'give the data.mdb of an LSUN archive');
  const version = meta.readUInt32LE(metaAt.version);
  if (version !== dataVersion)
    throw damaged(
      file.path,
      `its LMDB data format is ${version}, not 1`,
      'use the file as LSUN publishes it; npm packages may write another format',
    );
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(metaAt.transaction);
}

function treeOf(file: ByteFile, meta: Buffer, pageSize: number): Omit<LmdbMeta, 'pageSize'> {
  const at = metaAt.mainTree;
  const flags = meta.readUInt16LE(at + 4);
  const depth = meta.readUInt16LE(at + 6);
  const entries = meta.readBigUInt64LE(at + 32);
  const root = meta.readBigUInt64LE(at + 40);
  if ((flags & dupSort) !== 0)
    throw damaged(file.path, 'it holds several values per key', 'give an LMDB file of the LSUN form');
  if (root === noPage) return { root: 0, depth: 0, entries: 0 };
  // A node takes 10 bytes or more of its page: the count cannot exceed what the file could hold.
  if (depth === 0 || depth > maxDepth || entries > BigInt(Math.floor(file.size / 10)))
    throw damaged(file.path, `its meta page claims ${entries} entries at depth ${depth}`);
  if (root * BigInt(pageSize) >= BigInt(file.size))
    throw damaged(file.path, `its root page ${root} lies beyond the end: the file is incomplete`);
  return { root: Number(root), depth, entries: Number(entries) };
}

/** Calls `visit` for each entry in key order; `key` is only valid during the call. Throws UserError('input') for damage. */
export async function walkLmdb(
  file: ByteFile,
  meta: LmdbMeta,
  visit: (key: Buffer, value: LmdbValue) => void,
  onPage: () => void = () => undefined,
): Promise<void> {
  const { pageSize } = meta;
  const seen = new Uint8Array(Math.ceil(file.size / pageSize / 8));
  let previous: Buffer | undefined;
  let count = 0;

  const page = async (number: number): Promise<Buffer> => {
    if (!inside(number * pageSize, pageSize, file.size))
      throw damaged(file.path, `page ${number} lies beyond the end: the file is incomplete`);
    const bit = 1 << (number & 7);
    if ((seen[number >>> 3]! & bit) !== 0) throw damaged(file.path, `page ${number} is used twice`);
    seen[number >>> 3]! |= bit;
    onPage();
    return file.read(number * pageSize, pageSize);
  };

  const descend = async (number: number, level: number): Promise<void> => {
    const bytes = await page(number);
    const isLeaf = level === meta.depth;
    for (const at of nodesOf(file, bytes, number, isLeaf ? pageFlag.leaf : pageFlag.branch)) {
      if (!isLeaf) {
        await descend(childOf(bytes, at), level + 1);
        continue;
      }
      const key = keyAt(file, bytes, at, number);
      if (previous !== undefined && Buffer.compare(previous, key) >= 0)
        throw damaged(file.path, `the keys on page ${number} are out of order`);
      previous = Buffer.from(key);
      if (++count > meta.entries)
        throw damaged(file.path, `it has more than the ${meta.entries} entries it claims`);
      visit(key, valueAt(file, bytes, at, number, pageSize));
    }
  };

  if (meta.depth > 0) await descend(meta.root, 1);
  if (count !== meta.entries)
    throw damaged(file.path, `it has ${count} entries instead of the ${meta.entries} it claims`);
}

/** Offsets of the nodes of a page, in key order. */
function nodesOf(file: ByteFile, bytes: Buffer, number: number, wanted: number): number[] {
  const bad = (problem: string): Error => damaged(file.path, `page ${number} ${problem}`);
  if (bytes.readBigUInt64LE(0) !== BigInt(number)) throw bad('bears another number');
  const kinds = pageFlag.branch | pageFlag.leaf | pageFlag.overflow | pageFlag.meta | pageFlag.leaf2;
  if ((bytes.readUInt16LE(10) & kinds) !== wanted) throw bad('is of the wrong kind');
  const lower = bytes.readUInt16LE(12);
  if (lower < pageHeaderBytes + 2 || lower > bytes.length || lower % 2 !== 0)
    throw bad('has no valid node list');
  return Array.from({ length: (lower - pageHeaderBytes) / 2 }, (_, i) => {
    const at = bytes.readUInt16LE(pageHeaderBytes + 2 * i);
    if (at < lower || at + nodeHeaderBytes > bytes.length) throw bad(`has a node at byte ${at}`);
    return at;
  });
}

function childOf(bytes: Buffer, at: number): number {
  return bytes.readUInt16LE(at) + bytes.readUInt16LE(at + 2) * 2 ** 16 + bytes.readUInt16LE(at + 4) * 2 ** 32;
}

function keyAt(file: ByteFile, bytes: Buffer, at: number, number: number): Buffer {
  const start = at + nodeHeaderBytes;
  const end = start + bytes.readUInt16LE(at + 6);
  if (end > bytes.length || end === start)
    throw damaged(file.path, `a key on page ${number} has no valid length`);
  return bytes.subarray(start, end);
}

function valueAt(file: ByteFile, bytes: Buffer, at: number, number: number, pageSize: number): LmdbValue {
  const length = bytes.readUInt16LE(at) + bytes.readUInt16LE(at + 2) * 2 ** 16;
  const flags = bytes.readUInt16LE(at + 4);
  const start = at + nodeHeaderBytes + bytes.readUInt16LE(at + 6);
  if ((flags & (nodeFlag.subData | nodeFlag.dupData)) !== 0)
    throw damaged(file.path, 'it holds databases inside databases', 'give an LMDB file of the LSUN form');
  const overflow = (flags & nodeFlag.bigData) !== 0;
  if (start + (overflow ? 8 : length) > bytes.length || length > maxSampleBytes)
    throw damaged(file.path, `a value on page ${number} claims ${length} bytes`);
  if (!overflow) return { offset: number * pageSize + start, length, overflow };
  const offset = Number(bytes.readBigUInt64LE(start)) * pageSize;
  if (!inside(offset, pageHeaderBytes + length, file.size))
    throw damaged(file.path, `a value on page ${number} lies beyond the end: the file is incomplete`);
  return { offset, length, overflow };
}

/** The bytes of a value. Throws UserError('input') if its overflow pages are not what they should be. */
export async function readLmdbValue(file: ByteFile, value: LmdbValue, pageSize: number): Promise<Uint8Array> {
  const { offset, length, overflow } = value;
  if (!overflow) return file.read(offset, length);
  const bytes = await file.read(offset, pageHeaderBytes + length);
  const right =
    bytes.readBigUInt64LE(0) === BigInt(offset / pageSize) &&
    (bytes.readUInt16LE(10) & pageFlag.overflow) !== 0 &&
    bytes.readUInt32LE(12) === Math.ceil((pageHeaderBytes + length) / pageSize);
  if (!right) throw damaged(file.path, `page ${offset / pageSize} does not hold the value it should`);
  return bytes.subarray(pageHeaderBytes);
}
