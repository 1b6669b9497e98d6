// Values of a sweep's axes as people read them.
import type { Json } from '../files/canonical-json.ts';

/** Scalars as they are; of an object its members: `modelChannels 8, freq, no spatial`, by dotted keys where it is deep. */
export function axisText(value: Json): string {
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const members = leavesOf(value, '').map(([key, leaf]) =>
    leaf === true ? key : leaf === false ? `no ${key}` : `${key} ${axisText(leaf)}`,
  );
  return members.join(', ') || 'nothing';
}

/** For machines: scalars as they are, all else as JSON. */
export function axisValue(value: Json): string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}

type JsonObject = { readonly [key: string]: Json };

function leavesOf(value: JsonObject, prefix: string): [string, Json][] {
  return Object.entries(value).flatMap(([key, member]): [string, Json][] =>
    isObject(member) ? leavesOf(member, `${prefix}${key}.`) : [[prefix + key, member]],
  );
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
