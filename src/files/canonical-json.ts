// One text for one value: object keys sorted, no spaces, no undefined. Hashes of configurations are taken over it.
import { InvariantError } from '../errors.ts';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical JSON: keys in code unit order, members that are undefined left out, numbers as JavaScript prints them.
 * Throws InvariantError on what JSON cannot hold (NaN, infinities, functions, class instances): it cannot be hashed.
 */
export function canonicalJson(value: unknown, at = '$'): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((item, i) => canonicalJson(item, `${at}[${i}]`)).join(',')}]`;
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key], `${at}.${key}`)}`);
    return `{${members.join(',')}}`;
  }
  throw new InvariantError(`${at} is not JSON and cannot be hashed`);
}

/** A copy of plain data without undefined members. Throws InvariantError as canonicalJson does. */
export function toJson(value: unknown): Json {
  return JSON.parse(canonicalJson(value)) as Json;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
