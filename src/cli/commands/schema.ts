// `sdx schema`: the JSON Schemas of experiment and sweep files, which editors complete and check them with.
import { readFile, writeFile } from 'node:fs/promises';
import { schemaFile, sweepSchemaFile } from '../../config/schema.ts';
import { ExitCode, UserError } from '../../errors.ts';
import type { Io } from '../io.ts';
import type { SchemaKind, SchemaOptions } from '../options.ts';

const schemaFiles: Readonly<Record<SchemaKind, URL>> = { experiment: schemaFile, sweep: sweepSchemaFile };

/** Prints or writes the schema of a kind of files: that of experiments unless `kind` names another. */
export async function schemaCommand(
  kind: SchemaKind = 'experiment',
  { output }: SchemaOptions,
  io: Io,
): Promise<number> {
  const schema = await readFile(schemaFiles[kind], 'utf8');
  if (output === undefined) {
    io.stdout.write(schema);
    return ExitCode.ok;
  }
  try {
    await writeFile(output, schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError('input', `the schema cannot be written to ${output}: ${reason}`, {
      hint: 'name a file in a folder that exists and can be written to',
      cause,
    });
  }
  io.stdout.write(`${output}\n`);
  return ExitCode.ok;
}
