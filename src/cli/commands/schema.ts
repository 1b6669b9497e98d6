// `sdx schema`: the JSON Schemas of experiment and sweep files, which editors complete and check them with.
import { readFile, writeFile } from 'node:fs/promises';
import { schemaFile, sweepSchemaFile } from '../../config/schema.ts';
import { closest } from '../../config/suggest.ts';
import { ExitCode, UserError } from '../../errors.ts';
import type { Io } from '../io.ts';
import type { SchemaOptions } from '../options.ts';

const schemaFiles: ReadonlyMap<string, URL> = new Map([
  ['experiment', schemaFile],
  ['sweep', sweepSchemaFile],
]);

/** Prints or writes the schema of a kind of files: that of experiments unless `kind` names another. */
export async function schemaCommand(
  kind: string | undefined,
  { output }: SchemaOptions,
  io: Io,
): Promise<number> {
  const schema = await readFile(fileOf(kind ?? 'experiment'), 'utf8');
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

function fileOf(kind: string): URL {
  const found = schemaFiles.get(kind);
  if (found) return found;
  const kinds = [...schemaFiles.keys()];
  const near = closest(kind, kinds);
  throw new UserError('usage', `there is no schema of ${kind}`, {
    hint: near === undefined ? `there are those of ${kinds.join(' and ')}` : `did you mean ${near}?`,
  });
}
