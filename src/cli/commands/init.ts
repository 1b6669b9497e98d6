// `sdx init`: writes a commented experiment from a template, named after its file.
import { writeFromTemplate } from '../../config/templates.ts';
import { ExitCode } from '../../errors.ts';
import type { Io } from '../io.ts';
import type { InitOptions } from '../options.ts';

/** Writes `file`; prints its path. Throws as writeFromTemplate does. */
export async function initCommand(file: string, { template }: InitOptions, io: Io): Promise<number> {
  await writeFromTemplate(file, template);
  io.stdout.write(`${file}\n`);
  return ExitCode.ok;
}
