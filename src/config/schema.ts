// The JSON Schema of experiments: the file itself, and where in it each key is at home.
import { readFileSync } from 'node:fs';
import type { Experiment } from './types.generated.ts';

/** What lies at a path that an experiment names: the keyword `x-external`. */
export interface External {
  /** In words: `the teacher's weights`. */
  readonly what?: string;
  /** Where to get it. */
  readonly source?: string;
  readonly licence?: string;
  /** The key beside the path under which the experiment itself says where to get it. */
  readonly sourceKey?: string;
  /** What to do instead of getting it. */
  readonly otherwise?: string;
  /** What looks after the file, takes its digest and says that it is missing; absent: nothing else does. */
  readonly keeper?: 'dataset';
}

/** As far as this program looks into a schema. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string;
  /** `path`: the text is the path of a file or folder. */
  readonly format?: string;
  readonly 'x-external'?: External;
  readonly items?: SchemaNode;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly exclusiveMinimum?: number;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

export const schemaFile = new URL('../../schemas/experiment.schema.json', import.meta.url);

export const sweepSchemaFile = new URL('../../schemas/sweep.schema.json', import.meta.url);

const loaded = new Map<string, SchemaNode>();

/** The schema of experiments, read once. */
export function experimentSchema(): SchemaNode {
  return readSchema(schemaFile);
}

/** Side of the images that an extractor is shown where nobody asks for another, in experiments and by `sdx fid`. */
export function defaultInputSize(extractor: Experiment['evaluate']['extractor']['kind']): number {
  const definitions = experimentSchema().definitions ?? {};
  const own = Object.values(definitions).find(({ properties: { kind, inputSize } = {} }) => {
    const kinds = kind?.enum ?? [kind?.const];
    return inputSize !== undefined && kinds.includes(extractor);
  });
  return Number(own?.properties?.['inputSize']?.default);
}

/** The schema of sweeps, read once. */
export function sweepSchema(): SchemaNode {
  return readSchema(sweepSchemaFile);
}

function readSchema(file: URL): SchemaNode {
  const schema = loaded.get(file.href) ?? (JSON.parse(readFileSync(file, 'utf8')) as SchemaNode);
  loaded.set(file.href, schema);
  return schema;
}

/** `node`, or what its `$ref` names. */
export function dereference(root: SchemaNode, node: SchemaNode): SchemaNode {
  return node.$ref === undefined
    ? node
    : (root.definitions?.[node.$ref.replace('#/definitions/', '')] ?? node);
}

/** The values of `kind` that a union of `node.oneOf` distinguishes. */
export function kindsOf(root: SchemaNode, node: SchemaNode): unknown[] {
  return (node.oneOf ?? []).flatMap((option) => {
    const tag = dereference(root, option).properties?.['kind'];
    return tag?.enum ?? [tag?.const];
  });
}

/** The mappings in which `key` is known, e.g. `teacher.train`, `students.<name>`, `dataset (kind: folder)`. */
export function homesOf(root: SchemaNode, key: string): string[] {
  const homes: string[] = [];
  const visit = (raw: SchemaNode, at: string, kind = ''): void => {
    const node = dereference(root, raw);
    for (const option of node.oneOf ?? []) {
      visit(option, at, ` (kind: ${kindsOf(root, { oneOf: [option] }).join(' or ')})`);
    }
    if (node.properties && Object.hasOwn(node.properties, key))
      homes.push(at === '' ? 'the top level' : at + kind);
    const below = at === '' ? '' : `${at}.`;
    for (const [name, property] of Object.entries(node.properties ?? {})) visit(property, below + name);
    if (typeof node.additionalProperties === 'object') visit(node.additionalProperties, `${below}<name>`);
  };
  visit(root, '');
  return homes;
}

const keysOf = new WeakMap<SchemaNode, readonly string[]>();

/** Every key that the schema knows somewhere. */
export function allKeys(root: SchemaNode): readonly string[] {
  const known = keysOf.get(root);
  if (known) return known;
  const nodes = [root, ...Object.values(root.definitions ?? {})];
  const keys = [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  keysOf.set(root, keys);
  return keys;
}
