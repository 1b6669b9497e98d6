// The functions that hold data against a schema and fill in its defaults. Ajv compiles them, which takes half a second of
// every start; so `npm run build` compiles those of our own schemas beforehand (scripts/compile-validators.ts), each
// under the digest of its schema: one that has changed since is not found, and compiled when it is needed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Ajv, Options, ValidateFunction } from 'ajv';
import type { SchemaNode } from './schema.ts';

const require = createRequire(import.meta.url);
const compiled = new WeakMap<SchemaNode, ValidateFunction>();

/** How schemas of ours are compiled, here and beforehand. */
export const ajvOptions: Options = {
  allErrors: true,
  useDefaults: true,
  discriminator: true,
  strict: true,
  strictRequired: false,
  verbose: true,
  ownProperties: true,
  formats: { path: true },
};

/** Keywords of ours that say nothing about validity. */
export const annotations = [{ keyword: 'x-external', schemaType: 'object' }] as const; // see paths.ts

/** The same function for the same object. */
export function validatorOf(schema: SchemaNode): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const file = precompiledFile(schema);
  const validate = existsSync(file) ? (require(file) as ValidateFunction) : compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Where the function for `schema` lies if it has been compiled beforehand. */
export function precompiledFile(schema: SchemaNode): string {
  const digest = createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 16);
  return fileURLToPath(new URL(`./validators/${digest}.cjs`, import.meta.url));
}

function compile(schema: SchemaNode): ValidateFunction {
  const { Ajv } = require('ajv') as { Ajv: new (options: Options) => Ajv };
  const ajv = new Ajv(ajvOptions);
  for (const keyword of annotations) ajv.addKeyword(keyword);
  return ajv.compile(schema);
}
