// The JSON header of a safetensors file, parsed as from a stranger: every tensor's bytes lie inside the file, fit its
// shape, and follow one another without gap or overlap; no name stands twice.
import { sizeOf } from '../../engine/engine.ts';
import type { UserError } from '../../errors.ts';
import { repeatedJsonKey } from './header-json.ts';
import { damagedFile, quoteName } from '../weights-file.ts';

/** Bytes per element by dtype name. */
export const safetensorsDtypes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDtype = keyof typeof safetensorsDtypes;

/** A tensor's place: bytes [from, to) after the header. */
export interface TensorEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header that is read: 80,000 tensors. The reference implementation's 100 MB would take many seconds and GBs. */
export const maxHeaderBytes = 8_000_000;

/** Parses and checks a header for a file with `dataBytes` after it. Throws UserError('input'). */
export function parseHeader(bytes: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const broken = (message: string): UserError =>
    damagedFile(file, `as a safetensors file, ${message}`, 'get the file again, or write it as safetensors');
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch {
    throw broken('its header is not JSON');
  }
  if (!isRecord(json)) throw broken('its header is no object');
  const repeated = repeatedJsonKey(text);
  if (repeated !== undefined) throw broken(`${quoteName(repeated)} stands twice in its header`);
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const entry = entryOf(value);
    if (entry === undefined) throw broken(`the entry of ${quoteName(name)} is malformed`);
    if (entry.to > dataBytes) throw broken(`${quoteName(name)} reaches past the end of the file`);
    if (entry.to - entry.from !== sizeOf(entry.shape) * safetensorsDtypes[entry.dtype])
      throw broken(`the bytes of ${quoteName(name)} do not fit its shape`);
    entries.set(name, entry);
  }
  let end = 0;
  for (const [name, { from, to }] of [...entries].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw broken(`${quoteName(name)} ${from < end ? 'overlaps' : 'leaves a hole before it'}`);
    end = to;
  }
  if (end !== dataBytes) throw broken(`${dataBytes - end} bytes at its end belong to no tensor`);
  const metadata = json['__metadata__'] ?? {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw broken('its metadata are not strings');
  return { entries, metadata: metadata as Record<string, string> };
}

function entryOf(value: unknown): TensorEntry | undefined {
  if (!isRecord(value)) return undefined;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(safetensorsDtypes, dtype)) return undefined;
  if (!isCounts(shape) || !Number.isSafeInteger(sizeOf(shape) * 8)) return undefined;
  if (!isCounts(offsets) || offsets.length !== 2) return undefined;
  const [from, to] = offsets as [number, number];
  return from > to ? undefined : { dtype: dtype as SafetensorsDtype, shape, from, to };
}

/** Whole numbers from 0 on, and not many of them: an array of extents or offsets. */
function isCounts(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 64 &&
    value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
