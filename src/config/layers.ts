// A configuration is a pile of layers: the file it extends, the file itself, then the overrides. Later layers win;
// each remembers where its parts were written and which folder its relative paths start from.
import { InvariantError, type Place } from '../errors.ts';
import { pointer, type Parsed } from './parse.ts';
import type { Path } from './problem.ts';

export interface Layer extends Parsed {
  /** How messages name it. */
  readonly file: string;
  /** Absolute folder that its relative paths are relative to. */
  readonly folder: string;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `over` laid on `base`: mappings are merged key by key, null removes a key, anything else replaces. A mapping of
 * another `kind` replaces as a whole: the keys of the old kind mean nothing to the new one.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (!isMapping(over)) return over;
  const kept = isMapping(base) && !changesKind(base, over) ? { ...base } : {};
  const result: Record<string, unknown> = kept;
  for (const [key, value] of Object.entries(over)) {
    const merged = value === null ? undefined : merge(result[key], value);
    if (merged === undefined) Reflect.deleteProperty(result, key);
    else result[key] = merged;
  }
  return result;
}

function changesKind(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): boolean {
  return base['kind'] !== undefined && over['kind'] !== undefined && base['kind'] !== over['kind'];
}

/** All layers merged, first to last. The first is taken as it is. */
export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.map(({ value }) => value).reduce(merge);
}

/** The last layer that writes `path` itself. */
export function layerOf(layers: readonly Layer[], path: Path): Layer | undefined {
  return layers.findLast(({ places }) => places.has(pointer(path)));
}

/** Where `path` was written; if it was not, where the closest mapping around it was. */
export function locate(layers: readonly Layer[], path: Path, at: 'key' | 'value'): Place {
  for (let length = path.length; length >= 0; length--) {
    const around = path.slice(0, length);
    const places = layerOf(layers, around)?.places.get(pointer(around));
    if (places) return length < path.length ? places.key : places[at];
    // `a.b=1` writes `a.b`, but `a` may exist through it alone.
    const implying = layers.findLast(({ value }) => holds(value, around));
    if (implying) return { file: implying.file };
  }
  throw new InvariantError('no layer has a root');
}

function holds(value: unknown, path: Path): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  return isMapping(value) && Object.hasOwn(value, key) && holds(value[key], rest);
}
