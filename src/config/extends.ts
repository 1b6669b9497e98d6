// Reads an experiment file and the one it extends. One level only: whoever reads an experiment has at most two files
// to look at, and cycles cannot arise.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError, type Place } from '../errors.ts';
import { systemErrorCode } from '../files/system-errors.ts';
import { isMapping, type Layer } from './layers.ts';
import { decodeUtf8, parseYaml } from './parse.ts';
import { ExperimentError } from './problem.ts';
import { closest } from './suggest.ts';
import { readYamlBytes, whyUnreadable } from './read-yaml.ts';

/**
 * The layers of `file`: what it extends, if anything, then itself. `referrer`: where it is named, if another file
 * names it. Throws UserError('input') for a missing file and
 * ExperimentError for one that is not a YAML mapping or extends one that extends.
 */
export async function fileLayers(file: string, referrer?: Place): Promise<Layer[]> {
  const own = await fileLayer(file, referrer);
  const extended = own.value['extends'];
  if (typeof extended !== 'string') return [own];
  const where = placeOfExtends(own);
  if (path.resolve(own.folder, extended) === path.resolve(file))
    throw new ExperimentError(file, [{ where, message: 'an experiment cannot extend itself' }]);
  const baseFile = path.isAbsolute(extended) ? extended : path.join(path.dirname(file), extended);
  const base = await fileLayer(baseFile, where);
  if (base.value['extends'] !== undefined) {
    const message = `${file} extends this file, which must not extend another: one level is allowed`;
    throw new ExperimentError(file, [{ where: placeOfExtends(base), message }]);
  }
  return [base, own];
}

type FileLayer = Layer & { readonly value: Readonly<Record<string, unknown>> };

function placeOfExtends(layer: Layer): Place {
  return layer.places.get('/extends')?.value ?? { file: layer.file };
}

/** `referrer`: where the file is named, if another file names it. */
async function fileLayer(file: string, referrer?: Place): Promise<FileLayer> {
  const text = decodeUtf8(await readBytes(file, referrer), file);
  const { value, places } = parseYaml(text, { file, positions: true });
  if (!isMapping(value)) {
    const message = 'an experiment is a mapping of keys to values; see experiments/quickstart.yaml';
    throw new ExperimentError(file, [{ where: { file, line: 1, column: 1 }, message }]);
  }
  return { value, places, file, folder: path.dirname(path.resolve(file)) };
}

async function readBytes(file: string, referrer: Place | undefined): Promise<Uint8Array> {
  try {
    return await readYamlBytes(file);
  } catch (error) {
    const absent = systemErrorCode(error) === 'ENOENT';
    throw new UserError('input', `the experiment file ${file} ${whyUnreadable(error)}`, {
      hint: absent ? await neighbourHint(file) : undefined,
      where: referrer,
      cause: error,
    });
  }
}

async function neighbourHint(file: string): Promise<string> {
  const folder = path.dirname(file);
  const entries = await readdir(folder).catch(() => undefined);
  if (entries === undefined) return `there is no folder ${folder} either`;
  const experiments = entries.filter((name) => /\.ya?ml$/.test(name)).sort();
  const match = closest(path.basename(file), experiments);
  if (match !== undefined) return `did you mean ${path.join(folder, match)}?`;
  return experiments.length === 0
    ? `there are no YAML files in ${folder}`
    : `in ${folder} there are ${experiments.slice(0, 8).join(', ')}`;
}
