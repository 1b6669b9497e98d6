// Overrides as the schema allows them: `distill.` -> `distill.steps=` -> values. Where the schema leaves a choice, the
// experiment decides: its students' names, and the keys of the kind of data set, autoencoder, ... that it has.
import { isMapping } from '../../config/layers.ts';
import { dereference, type SchemaNode } from '../../config/schema.ts';
import type { Candidate, Completion } from './completion.ts';

/** What `typed` may go on with: keys one level deeper, or values after `=`. `experiment`: a merged configuration. */
export function completeOverride(typed: string, schema: SchemaNode, experiment: unknown): Completion {
  const equals = typed.indexOf('=');
  if (equals < 0) {
    const path = typed.split('.').slice(0, -1);
    return { candidates: distinct(keysAt(path, schema, experiment)) };
  }
  const key = typed.slice(0, equals);
  const path = key.split('.');
  const nodes = nodesAt(path, schema, experiment);
  const candidates = nodes.flatMap((node) =>
    wordsOf(node).map((word) => ({
      value: `${key}=${String(word)}`,
      help: word === node.default ? 'default' : '',
    })),
  );
  return {
    candidates: distinct(candidates),
    ...(nodes.some(({ format }) => format === 'path') && { files: { kind: 'file', prefix: `${key}=` } }),
  };
}

function keysAt(path: readonly string[], schema: SchemaNode, experiment: unknown): Candidate[] {
  const value = valueAt(experiment, path);
  const prefix = path.map((key) => `${key}.`).join('');
  return nodesAt(path, schema, experiment).flatMap((node) => {
    const named = isMapping(value) && typeof node.additionalProperties === 'object' ? Object.keys(value) : [];
    const members: (readonly [string, SchemaNode])[] = [
      ...Object.entries(node.properties ?? {}),
      ...named.map((name) => [name, node.additionalProperties as SchemaNode] as const),
    ];
    return members
      .filter(([key]) => prefix !== '' || key !== 'extends') // which no override may change
      .flatMap(([key, member]) => {
        const help = member.description ?? dereference(schema, member).description ?? '';
        const inside = unfold(schema, member, isMapping(value) ? value[key] : undefined);
        const endings = new Set(inside.map((one) => (holdsKeys(one) ? '.' : '=')));
        return [...endings].map((ending) => ({ value: `${prefix}${key}${ending}`, help }));
      });
  });
}

/** What the schema says about `path`: one node, or one for each form that it may take. */
function nodesAt(path: readonly string[], schema: SchemaNode, experiment: unknown): SchemaNode[] {
  return path.reduce(
    (nodes, key, depth) =>
      nodes.flatMap(({ properties, additionalProperties }) => {
        const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
        const member = properties && Object.hasOwn(properties, key) ? properties[key] : rest;
        return member ? unfold(schema, member, valueAt(experiment, path.slice(0, depth + 1))) : [];
      }),
    unfold(schema, schema, experiment),
  );
}

/** The forms of `node`: of those that its `kind` tells apart, the one that `value` has, if it says so. */
function unfold(schema: SchemaNode, node: SchemaNode, value: unknown): SchemaNode[] {
  const { $ref, ...own } = node;
  const found = { ...($ref === undefined ? {} : dereference(schema, node)), ...own };
  const forms = [...(found.oneOf ?? []), ...(found.anyOf ?? [])].flatMap((form) =>
    unfold(schema, form, value),
  );
  if (forms.length === 0) return [found];
  const kind = isMapping(value) ? value['kind'] : undefined;
  const fitting = forms.filter(({ properties }) => {
    const tag = properties?.['kind'];
    return tag && kind !== undefined && wordsOf(tag).includes(kind);
  });
  // The other kinds stay known, for `dataset.kind=`.
  const kinds = forms.flatMap(({ properties }) => (properties?.['kind'] ? [properties['kind']] : []));
  const tags = kinds.map((tag): SchemaNode => ({ properties: { kind: tag } }));
  return fitting.length === 0 ? forms : [...fitting, ...tags];
}

function holdsKeys({ properties, additionalProperties }: SchemaNode): boolean {
  return properties !== undefined || typeof additionalProperties === 'object';
}

function wordsOf({ const: only, enum: several, type }: SchemaNode): readonly unknown[] {
  if (only !== undefined) return [only];
  return several ?? (type === 'boolean' ? [true, false] : []);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (inner, key) => (isMapping(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.toReversed().map((one) => [one.value, one])).values()].toReversed();
}
