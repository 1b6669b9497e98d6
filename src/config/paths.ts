// The files and folders that a configuration names: the schema says which of its texts are paths (`format: path`) and
// what lies there (`x-external`). Everything that deals with them derives its list from this walk over the schema.
import path from 'node:path';
import { isMapping, layerOf, type Layer } from './layers.ts';
import type { Path } from './problem.ts';
import { dereference, experimentSchema, kindsOf, type External, type SchemaNode } from './schema.ts';
import type { Experiment } from './types.generated.ts';

/** A path that a configuration may hold. */
export interface PathKey {
  readonly key: Path;
  /** What the schema says of it; where several nodes around it say something, the outermost knows best. */
  readonly about: External;
}

export interface NamedPath extends PathKey {
  readonly path: string;
}

/** All paths in `config`, in the order of the schema. */
export function pathsIn(config: unknown): NamedPath[] {
  return [...walk(experimentSchema(), { node: experimentSchema(), value: config, key: [], outer: {} })];
}

/** All keys that may hold a path; a name that the experiment chooses is `<name>`. */
export function pathKeys(): PathKey[] {
  const found = walk(experimentSchema(), { node: experimentSchema(), value: anything, key: [], outer: {} });
  const byKey = new Map([...found].reverse().map((held) => [held.key.join('.'), held]));
  return [...byKey.values()].reverse();
}

/** Stands for every value that may be somewhere. */
const anything = Symbol('anything');

interface Spot {
  readonly node: SchemaNode;
  readonly value: unknown;
  readonly key: Path;
  readonly outer: External;
  /** The mapping that `value` is in. */
  readonly around?: unknown;
}

function* walk(root: SchemaNode, { node, value, key, outer, around }: Spot): Generator<NamedPath> {
  const named = dereference(root, node);
  const about = { ...named['x-external'], ...node['x-external'], ...outer };
  const inside = (member: SchemaNode, name: string | number, held: unknown): Generator<NamedPath> =>
    walk(root, { node: member, value: held, key: [...key, name], outer: about, around: value });
  if (named.format === 'path' && (typeof value === 'string' || value === anything))
    yield { key, path: value === anything ? '' : value, about: withSource(about, around) };
  for (const form of [...(named.oneOf ?? []), ...(named.anyOf ?? [])])
    if (hasKind(root, form, value)) yield* walk(root, { node: form, value, key, outer: about, around });
  if (named.items) for (const [i, item] of listOf(value).entries()) yield* inside(named.items, i, item);
  const { properties = {}, additionalProperties } = named;
  for (const [name, member] of Object.entries(properties)) {
    const held = memberOf(value, name);
    if (held !== undefined) yield* inside(member, name, held);
  }
  if (typeof additionalProperties === 'object')
    for (const [name, held] of value === anything
      ? [['<name>', anything] as const]
      : Object.entries(value ?? {}))
      if (!Object.hasOwn(properties, name)) yield* inside(additionalProperties, name, held);
}

function memberOf(value: unknown, name: string): unknown {
  if (value === anything) return anything;
  return isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether `form` is the one that the `kind` of `value` names; forms without kinds are tried all. */
function hasKind(root: SchemaNode, form: SchemaNode, value: unknown): boolean {
  if (value === anything || !isMapping(value)) return true;
  const kinds = kindsOf(root, { oneOf: [form] });
  return kinds.every((kind) => kind === undefined) || kinds.includes(value['kind']);
}

/** `about` with the source that the experiment itself names beside the path. */
function withSource({ sourceKey, ...about }: External, around: unknown): External {
  const source = sourceKey === undefined ? undefined : memberOf(around, sourceKey);
  return typeof source === 'string' ? { ...about, source } : about;
}

/** A copy of `config` in which `change` was applied to every path that it holds. */
export function mapPaths(config: Experiment, change: (found: string, at: Path) => string): Experiment {
  const copy = structuredClone(config);
  for (const { key, path: found } of pathsIn(config)) {
    const holder = key
      .slice(0, -1)
      .reduce<unknown>((node, step) => (node as Readonly<Record<string | number, unknown>>)[step], copy);
    Object.assign(holder as object, { [key.at(-1)!]: change(found, key) });
  }
  return copy;
}

/** `config` with absolute paths, each resolved from the folder of the layer that wrote it. */
export function absolutePaths(config: Experiment, layers: readonly Layer[]): Experiment {
  return mapPaths(config, (found, at) => path.resolve(layerOf(layers, at)?.folder ?? '.', found));
}
