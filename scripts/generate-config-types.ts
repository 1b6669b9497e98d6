// Writes types from the JSON Schemas: of a resolved experiment (everything with a default is present, `extends` has
// been followed), of a sweep, and of what it asks of Slurm. `npm run types`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const root = new URL('../', import.meta.url);
export const typesFile = new URL('src/config/types.generated.ts', root);
export const sweepTypesFile = new URL('src/sweep/types.generated.ts', root);
export const slurmTypesFile = new URL('src/jobs/slurm/slurm-settings.generated.ts', root);

/** The text of config/types.generated.ts for the schema as it is now. */
export async function generateConfigTypes(): Promise<string> {
  return generateTypes(
    await readSchema('experiment'),
    'Experiment',
    'The types of a resolved experiment: defaults filled in, paths absolute, `extends` followed.',
  );
}

/** The text of sweep/types.generated.ts for the schema as it is now. */
export async function generateSweepTypes(): Promise<string> {
  return generateTypes(
    await readSchema('sweep'),
    'SweepFile',
    'The types of a sweep file: defaults filled in.',
  );
}

/** The text of jobs/slurm/slurm-settings.generated.ts: the key `slurm` of a sweep, for the launcher, which knows no sweeps. */
export async function generateSlurmTypes(): Promise<string> {
  const { file, schema } = await readSchema('sweep');
  return generateTypes(
    { file, schema: schema.definitions!['slurm']! },
    'SlurmSettings',
    'What a user may ask of Slurm for the jobs of a sweep: defaults filled in.',
  );
}

interface SchemaFile {
  readonly file: string;
  readonly schema: JSONSchema;
}

async function readSchema(kind: 'experiment' | 'sweep'): Promise<SchemaFile> {
  const file = `schemas/${kind}.schema.json`;
  return { file, schema: JSON.parse(await readFile(new URL(file, root), 'utf8')) as JSONSchema };
}

async function generateTypes({ file, schema }: SchemaFile, name: string, about: string): Promise<string> {
  delete schema.properties?.['extends'];
  const source = await compile(resolved(schema) as JSONSchema, name, {
    additionalProperties: false,
    bannerComment: `// Generated from ${file} by \`npm run types\`; change the schema instead.\n// ${about}`,
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
  delete copy['x-external']; // beside a $ref, an annotation would make a second type of the same name
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
  await writeFile(slurmTypesFile, await generateSlurmTypes());
}
