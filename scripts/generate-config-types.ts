// Writes types from the JSON Schemas: of a resolved experiment (everything with a default is present, `extends` has
// been followed) and of a sweep. `npm run types`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const root = new URL('../', import.meta.url);
export const typesFile = new URL('src/config/types.generated.ts', root);
export const sweepTypesFile = new URL('src/sweep/types.generated.ts', root);

/** The text of config/types.generated.ts for the schema as it is now. */
export function generateConfigTypes(): Promise<string> {
  return generateTypes(
    'schemas/experiment.schema.json',
    'Experiment',
    'The types of a resolved experiment: defaults filled in, paths absolute, `extends` followed.',
  );
}

/** The text of sweep/types.generated.ts for the schema as it is now. */
export function generateSweepTypes(): Promise<string> {
  return generateTypes(
    'schemas/sweep.schema.json',
    'SweepFile',
    'The types of a sweep file: defaults filled in.',
  );
}

async function generateTypes(schemaFile: string, name: string, about: string): Promise<string> {
  const schema = JSON.parse(await readFile(new URL(schemaFile, root), 'utf8')) as JSONSchema;
  delete schema.properties?.['extends'];
  const source = await compile(resolved(schema) as JSONSchema, name, {
    additionalProperties: false,
    bannerComment: `// Generated from ${schemaFile} by \`npm run types\`; change the schema instead.\n// ${about}`,
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(typesFile, await generateConfigTypes());
  await writeFile(sweepTypesFile, await generateSweepTypes());
}
