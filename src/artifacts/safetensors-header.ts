// The JSON header of a safetensors file, parsed as from a stranger: every tensor's bytes lie inside the file, fit its
// shape, and follow one another without gap or overlap; no name stands twice.
import { sizeOf } from '../engine/engine.ts';
import { UserError } from '../errors.ts';

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

/** Longest header that is read, as in the reference implementation. */
export const maxHeaderBytes = 100_000_000;

/** Parses and checks a header for a file with `dataBytes` after it. Throws UserError('input'). */
export function parseHeader(text: string, dataBytes: number, file: string): SafetensorsHeader {
  const broken = (message: string): UserError =>
    new UserError('input', `not a valid safetensors file: ${message}`, {
      hint: 'the file is damaged or was not written as safetensors: get it again',
      where: { file },
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw broken('its header is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw broken('its header is no object');
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw broken(`${JSON.stringify(repeated)} stands twice in its header`);
  const { __metadata__: metadata = {}, ...tensors } = json as Record<string, unknown>;
  const entries = new Map(
    Object.entries(tensors).map(([name, value]) => {
      const entry = entryOf(value);
      if (entry === undefined) throw broken(`the entry of ${JSON.stringify(name)} is malformed`);
      if (entry.to > dataBytes) throw broken(`${JSON.stringify(name)} reaches past the end of the file`);
      if (entry.to - entry.from !== sizeOf(entry.shape) * safetensorsDtypes[entry.dtype])
        throw broken(`the bytes of ${JSON.stringify(name)} do not fit its shape`);
      return [name, entry];
    }),
  );
  let end = 0;
  for (const [name, { from, to }] of [...entries].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw broken(`${JSON.stringify(name)} ${from < end ? 'overlaps' : 'leaves a hole before it'}`);
    end = to;
  }
  if (end !== dataBytes) throw broken(`${dataBytes - end} bytes at its end belong to no tensor`);
  if (!isStringRecord(metadata)) throw broken('its metadata are not strings');
  return { entries, metadata };
}

function entryOf(value: unknown): TensorEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(safetensorsDtypes, dtype)) return undefined;
  if (!isCounts(shape) || !Number.isSafeInteger(sizeOf(shape) * 8)) return undefined;
  if (!isCounts(offsets) || offsets.length !== 2) return undefined;
  const [from, to] = offsets as [number, number];
  return from > to ? undefined : { dtype: dtype as SafetensorsDtype, shape, from, to };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}

/** A key that stands twice in one object of valid JSON, which JSON.parse hides. */
function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, string, opening, closing] of text.matchAll(
    /("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|(\{)|(\})/g,
  )) {
    if (opening !== undefined) objects.push(new Set());
    else if (closing !== undefined) objects.pop();
    else if (string !== undefined) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf(':'))) as string;
      const keys = objects.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
