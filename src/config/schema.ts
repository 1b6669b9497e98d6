// The JSON Schema of experiments: the file itself, and where in it each key is at home.
import { readFile } from 'node:fs/promises';

/** As far as this program looks into a schema. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string;
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

const loaded = new Map<string, Promise<SchemaNode>>();

/** The schema of experiments, read once. */
export function experimentSchema(): Promise<SchemaNode> {
  return readSchema(schemaFile);
}

/** The schema of sweeps, read once. */
export function sweepSchema(): Promise<SchemaNode> {
  return readSchema(sweepSchemaFile);
}

function readSchema(file: URL): Promise<SchemaNode> {
  const known = loaded.get(file.href);
  if (known) return known;
  const reading = readFile(file, 'utf8').then((text) => JSON.parse(text) as SchemaNode);
  loaded.set(file.href, reading);
  return reading;
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

/** Every key that the schema knows somewhere. */
export function allKeys(root: SchemaNode): string[] {
  const nodes = [root, ...Object.values(root.definitions ?? {})];
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}
