// Writes src/config/types.generated.ts from the JSON Schema of experiments: the types of a resolved experiment, in
// which everything with a default is present and `extends` has been followed. `npm run types`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const root = new URL('../', import.meta.url);
const schemaFile = new URL('schemas/experiment.schema.json', root);
export const typesFile = new URL('src/config/types.generated.ts', root);

const banner =
  '// Generated from schemas/experiment.schema.json by `npm run types`; change the schema instead.\n' +
  '// The types of a resolved experiment: defaults filled in, paths absolute, `extends` followed.';

/** The text of types.generated.ts for the schema as it is now. */
export async function generateConfigTypes(): Promise<string> {
  const schema = JSON.parse(await readFile(schemaFile, 'utf8')) as JSONSchema;
  delete schema.properties?.['extends'];
  const source = await compile(resolved(schema) as JSONSchema, 'Experiment', {
    additionalProperties: false,
    bannerComment: banner,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110, trailingComma: 'all' },
  });
  return readonlyMembers(source);
}

/** The schema of resolved values: a property with a default is required, and the default itself is dropped. */
function resolved(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolved);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(value)]));
  const properties = (node as JSONSchema).properties;
  if (properties !== undefined) {
    const filled = Object.keys(properties).filter((key) => properties[key]?.default !== undefined);
    copy['required'] = [...new Set([...((node as { required?: string[] }).required ?? []), ...filled])];
  }
  delete copy['default'];
  return copy;
}

/** Marks members and arrays of interfaces as readonly, which the library cannot. */
function readonlyMembers(source: string): string {
  return source
    .replace(/^( +)([A-Za-z]\w*\??|\[k: string\]): /gm, '$1readonly $2: ')
    .replace(/(: |\| )(\w+|\((?:[^()]*)\))\[\]/g, '$1readonly $2[]');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(typesFile, await generateConfigTypes());
