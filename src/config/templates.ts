// New experiments from the templates of experiments/templates: commented files, adapted to the place they are written to.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import { schemaFile } from './schema.ts';

const templates = new URL('../../experiments/templates/', import.meta.url);

/**
 * Writes `file`, an experiment named after it, from the template called `template`; folders on the way are made. Throws
 * UserError where it exists already, cannot be written, or is no YAML file by its name.
 */
export async function writeFromTemplate(file: string, template: string): Promise<void> {
  if (!/\.ya?ml$/.test(file))
    throw new UserError('usage', `${file} does not end in .yaml`, { hint: `sdx init ${file}.yaml` });
  const text = await readFile(new URL(`${template}.yaml`, templates), 'utf8');
  try {
    await makeFolder(path.dirname(file));
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
  try {
    await writeFile(file, adapted(text, file), { flag: 'wx' });
  } catch (cause) {
    if (systemErrorCode(cause) !== 'EEXIST') throw cannotWrite(file, cause);
    throw new UserError('usage', `${file} exists already; nothing was written`, {
      hint: 'give another name, or remove the file first',
      where: { file },
      cause,
    });
  }
}

function cannotWrite(file: string, cause: unknown): UserError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UserError('input', `${file} cannot be written: ${reason}`, {
    hint: 'name a file in a folder that can be written to',
    cause,
  });
}

/** The template for another place: its name, the file's name in its comments, and the way to the schema. */
function adapted(text: string, file: string): string {
  const schema = path.relative(path.dirname(path.resolve(file)), fileURLToPath(schemaFile));
  return text
    .replace(/\$schema=\S+/, () => `$schema=${schema.split(path.sep).join('/')}`)
    .replace(/^name: .*$/m, () => `name: ${nameFrom(file)}`)
    .replaceAll(/experiments\/templates\/\w+\.yaml/g, () => file);
}

/** What a name may be, made from the file's: lower-case letters, digits and hyphens. */
function nameFrom(file: string): string {
  const name = path
    .basename(file)
    .replace(/\.ya?ml$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return name === '' ? 'experiment' : name;
}
