// Compiles the schemas of experiments and sweeps to functions, which `npm run build` lays beside the compiled program:
// src/config/validator.ts takes them from there instead of compiling at every start.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { experimentSchema, sweepSchema, type SchemaNode } from '../src/config/schema.ts';
import { ajvOptions, annotations, precompiledFile } from '../src/config/validator.ts';

/** The text of a CommonJS module that exports the function for `schema`. */
export function validatorSource(schema: SchemaNode): string {
  const ajv = new Ajv({ ...ajvOptions, code: { source: true } });
  for (const keyword of annotations) ajv.addKeyword(keyword);
  return standalone.default(ajv, ajv.compile(schema));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../dist/config/validators/', import.meta.url));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const schema of [experimentSchema(), sweepSchema()])
    await writeFile(path.join(folder, path.basename(precompiledFile(schema))), validatorSource(schema));
}
