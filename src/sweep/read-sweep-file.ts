// A sweep file from YAML to checked data that still knows where everything was written.
import path from 'node:path';
import { isMapping, locate, type Layer } from '../config/layers.ts';
import { decodeUtf8, parseYaml } from '../config/parse.ts';
import { readYamlBytes, whyUnreadable } from '../config/read-yaml.ts';
import { ExperimentError, type Issue } from '../config/problem.ts';
import { sweepSchema } from '../config/schema.ts';
import { applySchema } from '../config/validate.ts';
import { UserError } from '../errors.ts';
import type { Sweep } from './types.generated.ts';

export interface SweepSource {
  /** As the user named it. */
  readonly file: string;
  readonly content: Sweep;
  /** The file as one layer: places of its keys. */
  readonly layer: Layer;
}

/**
 * Reads and checks `file` by itself; the experiment that it starts from is not looked at. Throws UserError('input')
 * for a missing file and ExperimentError (exit 2) with all problems of a wrong one.
 */
export async function readSweepFile(file: string): Promise<SweepSource> {
  const { value, places } = parseYaml(decodeUtf8(await readBytes(file), file), { file, positions: true });
  const layer: Layer = { value, places, file, folder: path.dirname(path.resolve(file)) };
  if (!isMapping(value)) {
    const message = 'a sweep is a mapping of keys to values; see experiments/sweeps/ablation.yaml';
    throw new ExperimentError(file, [{ where: { file, line: 1, column: 1 }, message }], 'sweep');
  }
  const { filled, issues } = applySchema(sweepSchema(), value);
  if (issues.length > 0) throw sweepError(layer, issues);
  return { file, content: filled as Sweep, layer };
}

/** The problems with their places in the sweep file. */
export function sweepError(layer: Layer, issues: readonly Issue[]): ExperimentError {
  const problems = issues.map(({ path: at, at: part, message }) => ({
    where: locate([layer], at, part),
    message,
  }));
  return new ExperimentError(layer.file, problems, 'sweep');
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readYamlBytes(file);
  } catch (error) {
    throw new UserError('input', `the sweep file ${file} ${whyUnreadable(error)}`, {
      where: { file },
      cause: error,
    });
  }
}
